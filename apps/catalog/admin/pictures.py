"""Pictures: what became of each, and another try for those whose sizes could not be made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from apps.catalog.models import Picture, PictureState
from apps.catalog.services.clean_picture import clean_picture
from apps.catalog.services.gather import picture_fact
from apps.catalog.services.make_renditions import retry_renditions
from shop.errors import DomainError, Unavailable
from shop.staff import row_link

from .base import ReadOnlyAdmin

if TYPE_CHECKING:  # generic to the type checker only
    PictureModelForm = forms.ModelForm[Picture]
else:
    PictureModelForm = forms.ModelForm


class PictureForm(PictureModelForm):
    """A file is looked at before anything of the product is saved."""

    file = forms.FileField(
        help_text="JPEG, PNG, WebP, GIF or AVIF, at most 10 MiB.",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif,image/avif"}),
    )
    alt = forms.CharField(max_length=200, required=False, widget=forms.TextInput(attrs={"size": 24}))

    position = forms.IntegerField(
        required=False,
        help_text="Smallest first; empty for the last.",
        widget=forms.NumberInput({"style": "width: 3em"}),
    )

    class Meta:
        model = Picture
        fields = ("file", "alt", "position")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:  # noqa: SLF001  # Django's documented way to tell new rows
            self.initial["position"] = None

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if not isinstance(file, UploadedFile):
            return file  # the one that is there
        if (file.size or 0) > settings.SHOP_UPLOAD_LIMIT:
            raise forms.ValidationError("The file is larger than 10 MiB.")
        try:
            clean_picture(file.read())
        except (DomainError, Unavailable) as refusal:
            raise forms.ValidationError(str(getattr(refusal, "detail", refusal))) from None
        file.seek(0)
        return file


def preview(picture: Picture) -> str:
    """The smallest there is."""
    if not picture.file or picture._state.adding:  # noqa: SLF001  # of a file that was refused there is none
        return ""
    fact = picture_fact(picture)
    small = fact.srcset[0][0] if fact.srcset else fact.url
    image = '<a href="{}"><img src="{}" alt="{}" style="height:64px;max-width:120px;object-fit:contain"></a>'
    return format_html(image, fact.url, small, picture.alt)


def condition(picture: Picture) -> str:
    """What became of it, in words; nothing of one that was refused."""
    if not picture.file or picture._state.adding:  # noqa: SLF001  # Django's documented way to tell new rows
        return ""
    words = PictureState(picture.state).label
    size = f"{picture.width}\u00a0x\u00a0{picture.height}"
    sizes = ", ".join(str(width) for width, _, _ in picture.renditions)
    return f"{size}, {words}" + (f" ({sizes})" if sizes else "")


@admin.register(Picture)
class PictureAdmin(ReadOnlyAdmin):
    """To look for those that failed; pictures are added and changed on the page of their product."""

    list_display = ("preview", "of", "alt", "state", "problem", "due")
    list_display_links = ("state",)  # the picture itself is behind the first
    list_filter = ("state",)
    list_select_related = ("product",)
    ordering = ("-id",)
    fields = ("preview", "product", "file", "alt", "position", "condition", "attempts", "problem", "due")
    readonly_fields = ("preview", "condition", "attempts", "problem", "due")
    actions = ("retry",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("product__card", "product__page", "product__description")

    @admin.display(description="Preview")
    def preview(self, picture: Picture) -> str:
        return preview(picture)

    @admin.display(description="Product")
    def of(self, picture: Picture) -> str:
        return row_link("catalog.product", picture.product_id, str(picture.product))

    @admin.display(description="State")
    def condition(self, picture: Picture) -> str:
        return condition(picture)

    def has_repair_permission(self, request: HttpRequest) -> bool:
        """To look is not to repair."""
        user: Any = request.user
        return bool(user.has_perm("catalog.change_picture"))

    @admin.action(description="Make the sizes again, where that failed", permissions=["repair"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Another round of attempts."""
        failed = list(queryset.filter(state=PictureState.FAILED).values_list("pk", flat=True))
        for picture_id in failed:
            retry_renditions(picture_id=picture_id)
        self.message_user(request, f"{len(failed)} are tried again.")
