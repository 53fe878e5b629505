"""Catalog's pure functions: prices in time, typed attributes, and the documents that are served."""

from __future__ import annotations

from .attributes import AttributeFact, AttributeRule, Kind, attribute_facts, attribute_values, missing_values
from .documents import (
    Documents,
    OfferDocument,
    OfferPrice,
    OptionFact,
    PictureFact,
    ProductFacts,
    VariantFact,
    combination,
    documents,
    offer_name,
    options_in_use,
    redirect_path,
    snippet,
    sort_name,
)
from .prices import SINCE_EVER, PriceFact, amounts_at, next_change, regular_at
from .videos import VideoFact, videos_of, wrong_videos

__all__ = [
    "SINCE_EVER",
    "AttributeFact",
    "AttributeRule",
    "Documents",
    "Kind",
    "OfferDocument",
    "OfferPrice",
    "OptionFact",
    "PictureFact",
    "PriceFact",
    "ProductFacts",
    "VariantFact",
    "VideoFact",
    "amounts_at",
    "attribute_facts",
    "attribute_values",
    "combination",
    "documents",
    "missing_values",
    "next_change",
    "offer_name",
    "options_in_use",
    "redirect_path",
    "regular_at",
    "snippet",
    "sort_name",
    "videos_of",
    "wrong_videos",
]
