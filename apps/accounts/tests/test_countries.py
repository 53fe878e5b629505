"""What address forms are told of each country."""

from __future__ import annotations

from shop.testing.http import send


def test_countries_are_listed_by_their_names_and_may_be_cached():
    answer = send("GET", "/countries")

    countries = answer.json()["data"]
    assert (answer.status_code, len(countries)) == (200, 249)
    assert countries[0] == {"code": "AF", "name": "Afghanistan"}
    assert answer["Cache-Control"].startswith("public, max-age=86400")
    assert send("GET", "/countries", if_none_match=answer["ETag"]).status_code == 304


def test_an_address_form_learns_what_a_country_needs():
    answer = send("GET", "/countries/GB/address-rules").json()

    assert [field["name"] for field in answer["fields"] if field["is_required"]] == [
        "name",
        "line1",
        "city",
        "postal_code",
    ]
    assert {"name": "city", "is_required": True, "label": "post_town"} in answer["fields"]
    assert answer["postal_code"]["examples"][0] == "EC1Y 8SY"


def test_regions_are_told_with_their_codes_and_all_their_names():
    regions = send("GET", "/countries/CA/address-rules").json()["regions"]

    assert {"code": "QC", "names": ["Quebec", "QC", "Québec"]} in regions


def test_there_is_no_country_of_another_spelling():
    for code in ("de", "XX", "ALL", "zz", "%2e%2e", "x" * 5000):
        answer = send("GET", f"/countries/{code}/address-rules")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), code
