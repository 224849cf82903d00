"""How passwords are kept: the tests hash them cheaply, the product does not."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import (
    PBKDF2PasswordHasher,
    check_password,
    get_hasher,
    get_hashers,
    identify_hasher,
    make_password,
)
from django.test import override_settings

from mesh import settings as written

LEAST_KIB, LEAST_ROUNDS = 19_456, 2  # what OWASP names as the least for Argon2id


def test_a_password_is_kept_with_argon2id_at_full_cost() -> None:
    with override_settings(PASSWORD_HASHERS=written.PASSWORD_HASHERS):
        kept = make_password("correct horse battery")
        algorithm, variety, _version, costs, *_ = kept.split("$")
        assert (algorithm, variety) == ("argon2", "argon2id")
        cost = {name: int(value) for name, value in (pair.split("=") for pair in costs.split(","))}
        assert cost["m"] >= LEAST_KIB
        assert cost["t"] >= LEAST_ROUNDS
        assert check_password("correct horse battery", kept)
        assert not check_password("correct horse batterz", kept)
        assert not get_hasher().must_update(kept)


def test_a_password_kept_by_an_older_or_cheaper_way_is_kept_anew_at_the_next_sign_in() -> None:
    cheap = make_password("correct horse battery")  # as the tests keep it
    with override_settings(PASSWORD_HASHERS=written.PASSWORD_HASHERS):
        old = PBKDF2PasswordHasher().encode("correct horse battery", "saltsaltsalt")
        anew: list[str] = []
        for kept in (cheap, old):
            assert check_password("correct horse battery", kept, setter=anew.append)
        assert anew == ["correct horse battery"] * 2


@pytest.mark.parametrize("name", ["unsalted_md5", "md5", "unsalted_sha1"])
def test_weak_ways_are_not_known(name: str) -> None:
    with override_settings(PASSWORD_HASHERS=written.PASSWORD_HASHERS):
        assert name not in {hasher.algorithm for hasher in get_hashers()}
        with pytest.raises(ValueError, match="Unknown password hashing algorithm"):
            identify_hasher(f"{name}$salt$hash")
