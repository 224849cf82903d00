"""What REST bodies of the catalogue may hold."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from catalog.members import KINDS, NAME_LENGTH, TEXT_LENGTH, TIERS, VISIBILITIES


class DomainBody(serializers.Serializer[Any]):
    """A new domain."""

    slug = serializers.CharField(max_length=100)
    name = serializers.CharField(max_length=NAME_LENGTH)
    parent = serializers.CharField(max_length=100, required=False, allow_null=True)  # type: ignore[assignment]  # a member of the body
    description = serializers.CharField(max_length=TEXT_LENGTH, required=False, allow_blank=True)


class ProductEdit(serializers.Serializer[Any]):
    """What may be changed of a product; null clears a text."""

    name = serializers.CharField(max_length=NAME_LENGTH, required=False)
    team = serializers.CharField(max_length=100, required=False)
    domain = serializers.CharField(max_length=100, required=False)
    kind = serializers.ChoiceField(choices=KINDS, required=False)
    purpose = serializers.CharField(
        max_length=TEXT_LENGTH, required=False, allow_blank=True, allow_null=True
    )
    usage = serializers.CharField(
        max_length=TEXT_LENGTH, required=False, allow_blank=True, allow_null=True
    )
    limitations = serializers.CharField(
        max_length=TEXT_LENGTH, required=False, allow_blank=True, allow_null=True
    )
    tier = serializers.ChoiceField(choices=TIERS, required=False, allow_blank=True, allow_null=True)
    visibility = serializers.ChoiceField(choices=VISIBILITIES, required=False)
    sampling = serializers.BooleanField(required=False)


class ProductBody(ProductEdit):
    """A new draft product."""

    slug = serializers.CharField(max_length=100)
    name = serializers.CharField(max_length=NAME_LENGTH)
    team = serializers.CharField(max_length=100)
    domain = serializers.CharField(max_length=100)


class PortBody(serializers.Serializer[Any]):
    """A new port with everything that belongs to it."""

    direction = serializers.ChoiceField(choices=("output", "input"))
    name = serializers.CharField(max_length=NAME_LENGTH)
    version = serializers.CharField(max_length=40, required=False)
    description = serializers.CharField(max_length=TEXT_LENGTH, required=False, allow_blank=True)
    cluster = serializers.CharField(max_length=120, required=False, allow_null=True)
    topic = serializers.CharField(max_length=249, required=False, allow_null=True)
    key_subjects = serializers.ListField(
        child=serializers.CharField(max_length=512), required=False, max_length=50
    )
    value_subjects = serializers.ListField(
        child=serializers.CharField(max_length=512), required=False, max_length=50
    )
    upstream = serializers.CharField(max_length=100, required=False, allow_null=True)
    group = serializers.CharField(max_length=255, required=False, allow_blank=True)
    promises = serializers.ListField(child=serializers.DictField(), required=False, max_length=40)


class PromisesBody(serializers.Serializer[Any]):
    """Promises to add, change or end."""

    promises = serializers.ListField(child=serializers.DictField(), max_length=40)


class NoteBody(serializers.Serializer[Any]):
    """A line for an incident's timeline."""

    words = serializers.CharField(max_length=4000)
