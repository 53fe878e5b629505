"""The demo shop's category tree: four departments, three levels."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.utils.text import slugify

from apps.catalog.models import Category
from apps.catalog.services.save_category import CategoryDraft, save_category
from shop.ids import uuid7


@dataclass(frozen=True, slots=True)
class Leaf:
    """A category that products stand in."""

    id: UUID
    slug: str
    noun: str
    """What one thing of it is called."""
    price: int
    """What a plain one costs, in euro cents."""


_TREE: dict[str, dict[str, dict[str, tuple[str, int]]]] = {
    "Kitchen": {
        "Drinkware": {"Mugs": ("Mug", 1400), "Glasses": ("Glass", 900), "Carafes": ("Carafe", 2900)},
        "Cookware": {"Pots": ("Pot", 4900), "Pans": ("Pan", 3900), "Knives": ("Knife", 3400)},
        "Tableware": {"Plates": ("Plate", 1600), "Bowls": ("Bowl", 1500), "Cutlery": ("Spoon set", 2400)},
    },
    "Living": {
        "Lighting": {"Lamps": ("Lamp", 7900), "Candles": ("Candle", 1200), "Lanterns": ("Lantern", 3200)},
        "Textiles": {"Cushions": ("Cushion", 2600), "Throws": ("Throw", 5400), "Rugs": ("Rug", 12900)},
        "Decor": {"Vases": ("Vase", 3100), "Frames": ("Frame", 1900), "Clocks": ("Clock", 4400)},
    },
    "Office": {
        "Paper": {"Notebooks": ("Notebook", 1100), "Cards": ("Card set", 800), "Calendars": ("Calendar", 1700)},
        "Desk": {"Pens": ("Pen", 1300), "Trays": ("Tray", 2200), "Stands": ("Stand", 3600)},
        "Bags": {"Backpacks": ("Backpack", 8900), "Totes": ("Tote", 2100), "Sleeves": ("Sleeve", 2800)},
    },
    "Outdoor": {
        "Garden": {"Planters": ("Planter", 2700), "Tools": ("Trowel", 1800), "Feeders": ("Feeder", 2300)},
        "Camping": {"Hammocks": ("Hammock", 5900), "Stoves": ("Stove", 6900), "Blankets": ("Blanket", 4100)},
        "Travel": {"Bottles": ("Bottle", 2500), "Pouches": ("Pouch", 1500), "Umbrellas": ("Umbrella", 3300)},
    },
}


def make_tree() -> list[Leaf]:
    """The leaves, in their order; categories that are missing are made."""
    standing = dict(Category.objects.values_list("slug", "pk"))
    leaves = []
    for i, (department, groups) in enumerate(_TREE.items()):
        root = _category(standing, department, None, i)
        for j, (group, kinds) in enumerate(groups.items()):
            middle = _category(standing, group, root, j)
            for k, (name, (noun, price)) in enumerate(kinds.items()):
                leaf = _category(standing, name, middle, k)
                leaves.append(Leaf(id=leaf, slug=slugify(name), noun=noun, price=price))
    return leaves


def _category(standing: dict[str, UUID], name: str, parent: UUID | None, position: int) -> UUID:
    slug = slugify(name)
    if slug not in standing:
        standing[slug] = uuid7()
        draft = CategoryDraft(slug=slug, name=name, parent_id=parent, position=position)
        save_category(category_id=standing[slug], draft=draft)
    return standing[slug]
