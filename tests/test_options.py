"""Mistakes in the decorator's arguments, caught where they are made."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model
from django.test.utils import isolate_apps

from auditable import auditable
from tests.shop.models import Customer, Lease, Payment, PaymentProxy, Unaudited


def refusal(model: Any, **arguments: Any) -> str:
    with pytest.raises(ImproperlyConfigured) as caught:
        auditable(**arguments)(model)
    return str(caught.value)


def test_an_unknown_name_is_answered_with_the_nearest_and_all_valid_ones() -> None:
    assert refusal(Unaudited, fields=["nmae"]) == (
        "shop.Unaudited has no field 'nmae' that can be audited. Did you mean 'name'? "
        "Valid names: id, name."
    )


def test_an_attname_is_answered_with_its_field() -> None:
    assert "Did you mean 'customer'?" in refusal(Payment_again(), fields=["customer_id"])


def Payment_again() -> Any:
    from django.db import models

    with isolate_apps("tests.shop"):

        class Again(models.Model):
            customer = models.ForeignKey(Customer, models.CASCADE)

            class Meta:
                app_label = "shop"

    return Again


def test_a_reverse_relation() -> None:
    assert "it is a reverse relation" in refusal(Customer, fields=["payments"])


def test_a_parents_column() -> None:
    with isolate_apps("tests.shop"):

        class Sublease(Lease):
            class Meta:
                app_label = "shop"

        assert "it is a column of shop.Lease: decorate that model" in refusal(
            Sublease, fields=["rent"]
        )


def test_a_name_given_twice() -> None:
    assert refusal(Unaudited, fields=["name", "name"]) == (
        "auditable(fields=…): 'name' is named twice."
    )


def test_an_empty_list() -> None:
    assert refusal(Unaudited, fields=[]) == (
        "auditable(fields=[…]) names no field: name the critical columns of the model."
    )


def test_a_string_instead_of_a_list() -> None:
    assert refusal(Unaudited, fields="name") == (
        "auditable(fields='name'): give a list of field names, such as fields=['name']."
    )


def test_something_that_is_no_string() -> None:
    assert "1 is not a string" in refusal(Unaudited, fields=[1])


def test_decorating_twice() -> None:
    assert refusal(Payment, fields=["amount"]) == (
        "shop.Payment is decorated with @auditable twice."
    )


def test_a_proxy() -> None:
    assert "decorate shop.Payment" in refusal(PaymentProxy, fields=["amount"])


@pytest.mark.parametrize("thing", [object, 5, "shop.Payment", Model])
def test_no_model(thing: Any) -> None:
    assert "goes on a Django model class" in refusal(thing, fields=["a"])


def test_masks_must_be_callable_and_on_columns() -> None:
    assert "not callable" in refusal(Unaudited, mask_fields={"name": "x"})
    assert "cannot be masked" in refusal(User, mask_fields=["groups"])
