/* On a new product's page: choosing the type shows the fields that it has, and keeps what was written before. */
"use strict";
{
    const KEPT = ["name", "slug", "status", "category", "brand", "tax_class", "description", "videos", "seo_title", "seo_description"];
    const LONGEST = 4000; // of an address, with room to spare

    document.addEventListener("DOMContentLoaded", () => {
        const select = document.querySelector("select[data-shows-its-fields]");
        if (!select) {
            return;
        }
        const shown = Array.from(select.options).find((option) => option.defaultSelected)?.value ?? "";
        // Django's scripts trigger `change` on every select when the page is there, and when a new type was added.
        django.jQuery(select).on("change", () => {
            if (select.value !== shown) {
                location.search = search(select);
            }
        });
    });

    function search(select) {
        const wanted = new URLSearchParams({[select.name]: select.value});
        for (const name of KEPT) {
            const value = select.form.elements[name]?.value;
            if (value && wanted.toString().length + encodeURIComponent(value).length < LONGEST) {
                wanted.set(name, value);
            }
        }
        for (const tag of select.form.querySelectorAll("input[name=tags]:checked")) {
            if (wanted.toString().length + tag.value.length < LONGEST) {
                wanted.append("tags", tag.value);
            }
        }
        return wanted.toString();
    }
}
