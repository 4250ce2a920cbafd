"""The settings, as they are read and as they are checked."""

from __future__ import annotations

import pytest
from django.test import override_settings

import tests.context
from auditable import conf

ACCESSORS = {
    "ACTOR_REPR": conf.actor_repr,
    "ALLOW_DISABLED": conf.allow_disabled,
    "BATCH_SIZE": conf.batch_size,
    "CORRELATION_HEADER": conf.correlation_header,
    "FORWARDED_HEADER": conf.forwarded_header,
    "IMPERSONATOR": conf.impersonator,
    "MASK_KEYS": conf.mask_keys,
    "REQUEST_FACTS": conf.request_facts,
    "TRUSTED_PROXIES": conf.trusted_proxies,
}
OTHERS = {
    "ACTOR_REPR": len,
    "ALLOW_DISABLED": False,
    "BATCH_SIZE": 7,
    "CORRELATION_HEADER": "X-Request-ID",
    "FORWARDED_HEADER": "X-Real-IP",
    "IMPERSONATOR": repr,
    "MASK_KEYS": {"2026": "a secret of 16 characters"},
    "REQUEST_FACTS": ["path"],
    "TRUSTED_PROXIES": 2,
}


def test_every_key_has_an_accessor_and_a_default_that_the_check_accepts():
    assert set(ACCESSORS) == set(conf.KEYS)
    with override_settings(AUDITABLE={}):
        for name, key in conf.KEYS.items():
            assert ACCESSORS[name]() == key.default
            assert key.accepts(key.default)


def test_a_project_without_the_setting_has_the_defaults(settings):
    if hasattr(settings, "AUDITABLE"):
        del settings.AUDITABLE
    assert conf.batch_size() == 500
    assert conf.problems() == []


@pytest.mark.parametrize("name", OTHERS)
def test_values_are_read_when_they_are_used(name):
    before = ACCESSORS[name]()
    with override_settings(AUDITABLE={name: OTHERS[name]}):
        assert ACCESSORS[name]() == OTHERS[name]
        assert conf.problems() == []
    assert ACCESSORS[name]() == before


def test_functions_may_be_given_by_their_dotted_path():
    with override_settings(AUDITABLE={"ACTOR_REPR": "os.path.basename"}):
        assert conf.actor_repr()("a/b") == "b"
        assert conf.problems() == []


def test_an_unknown_key_is_a_problem_and_the_nearest_known_one_is_named():
    with override_settings(AUDITABLE={"BATCHSIZE": 5, 5: 5}):
        near, far = conf.problems()
    known = f"Known keys: {', '.join(sorted(conf.KEYS))}."
    assert near == conf.Problem(
        "AUDITABLE has an unknown key 'BATCHSIZE'.", f"Did you mean 'BATCH_SIZE'? {known}"
    )
    assert far == conf.Problem("AUDITABLE has an unknown key 5.", known)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ACTOR_REPR", 5),
        ("ACTOR_REPR", "get_username"),
        ("ALLOW_DISABLED", "no"),
        ("BATCH_SIZE", 0),
        ("BATCH_SIZE", True),
        ("BATCH_SIZE", "500"),
        ("CORRELATION_HEADER", "X Request"),
        ("CORRELATION_HEADER", ""),
        ("FORWARDED_HEADER", None),
        ("IMPERSONATOR", True),
        ("MASK_KEYS", "secret"),
        ("MASK_KEYS", {"2026": "too short"}),
        ("MASK_KEYS", {"a:b": "a secret of 16 characters"}),
        ("REQUEST_FACTS", "path"),
        ("REQUEST_FACTS", ["query"]),
        ("REQUEST_FACTS", [["path"]]),
        ("TRUSTED_PROXIES", -1),
        ("TRUSTED_PROXIES", 1.0),
    ],
)
def test_a_value_that_cannot_be_used_is_a_problem_that_says_what_is_wanted(name, value):
    with override_settings(AUDITABLE={name: value}):
        (problem,) = conf.problems()
    kind = type(value).__name__
    assert problem == conf.Problem(
        f"AUDITABLE[{name!r}] is a {kind} that cannot be used.", f"Give {conf.KEYS[name].wants}."
    )


NO_FUNCTION = "a text"


@pytest.mark.parametrize("name", ["ACTOR_REPR", "IMPERSONATOR"])
@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("nowhere.behind", "ModuleNotFoundError: No module named 'nowhere'"),
        (
            "os.path.behind",
            'ImportError: Module "os.path" does not define a "behind" attribute/class',
        ),
        ("tests.context.broken.behind", "RuntimeError: Broken"),
        (".behind", "ValueError: Empty module name"),
    ],
)
def test_a_path_that_cannot_be_imported_is_a_problem_that_says_why(
    name, path, said, tmp_path, monkeypatch
):
    (tmp_path / "broken.py").write_text("raise RuntimeError('Broken.')")
    monkeypatch.setattr(tests.context, "__path__", [*tests.context.__path__, str(tmp_path)])
    with override_settings(AUDITABLE={name: path}):
        assert conf.problems() == [
            conf.Problem(
                f"AUDITABLE[{name!r}] names what cannot be imported.",
                f"Importing {path!r} raises {said}. Give {conf.KEYS[name].wants}.",
            )
        ]


@pytest.mark.parametrize("name", ["ACTOR_REPR", "IMPERSONATOR"])
def test_a_path_to_no_function_is_a_problem(name):
    path = f"{__name__}.NO_FUNCTION"
    with override_settings(AUDITABLE={name: path}):
        assert conf.problems() == [
            conf.Problem(
                f"AUDITABLE[{name!r}] names what cannot be called.",
                f"{path!r} is of type str. Give {conf.KEYS[name].wants}.",
            )
        ]


def test_only_paths_are_imported():
    with override_settings(AUDITABLE={"CORRELATION_HEADER": "nowhere"}):
        assert conf.problems() == []


def test_a_problem_does_not_print_a_secret():
    with override_settings(AUDITABLE={"MASK_KEYS": {"2026": "hunter2"}}):
        (problem,) = conf.problems()
    assert "hunter2" not in problem.message + problem.hint


def test_a_setting_that_is_no_dict_is_a_problem_and_counts_as_empty():
    with override_settings(AUDITABLE=["BATCH_SIZE"]):
        assert conf.problems() == [
            conf.Problem("AUDITABLE is not a dict.", "Write AUDITABLE = {…} in the settings.")
        ]
        assert conf.batch_size() == 500
