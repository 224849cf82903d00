"""One cluster has many spellings; some spellings name no cluster at all."""

from __future__ import annotations

import pytest

from lineage.openlineage.naming import DatasetName, kafka_address


@pytest.mark.parametrize(
    ("namespace", "address"),
    [
        ("kafka://broker:9092", "broker:9092"),
        ("kafka://Broker.EXAMPLE.:9093", "broker.example:9093"),
        ("KAFKA://broker", "broker:9092"),
        ("kafka://one:9092,two:9092", "one:9092"),
        ("kafka://one:9092;two:9092", "one:9092"),
        ("kafka://[2001:DB8::1]:9092", "[2001:db8::1]:9092"),
        ("kafka://broker:9092/", "broker:9092"),
        ("kafka://127.0.0.1:19092", "127.0.0.1:19092"),
        ("kafka://null:-1", ""),
        ("kafka://", ""),
        ("kafka://:9092", ""),
        ("kafka://broker:0", ""),
        ("kafka://broker:99999", ""),
        ("kafka://a:b:c", ""),
        ("postgres://broker:9092", ""),
        ("", ""),
    ],
)
def test_namespaces_of_kafka_are_brought_to_one_spelling(namespace: str, address: str) -> None:
    assert kafka_address(namespace) == address


def test_a_list_of_topics_is_split_only_in_kafka_namespaces() -> None:
    assert [one.name for one in DatasetName("kafka://b", "orders; orders_clean;").parts()] == [
        "orders",
        "orders_clean",
    ]
    table = DatasetName("postgres://db", "odd;name")
    assert table.parts() == [table]
