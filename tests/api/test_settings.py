"""Settings come from BONAFIDE_ variables and flags, and a wrong one is named with its value."""

import os
from pathlib import Path

import pytest

from api.settings import SettingsProblem, in_force, load_settings, unknown_variables


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("BONAFIDE_"):
            monkeypatch.delenv(name)


def test_defaults_listen_on_loopback_with_an_embedded_server() -> None:
    settings = load_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.embedded
    assert settings.data.is_absolute()
    assert settings.data.name == "bonafide"
    assert not settings.development


def test_environment_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BONAFIDE_DATA", str(tmp_path))
    monkeypatch.setenv("BONAFIDE_PORT", "8123")
    monkeypatch.setenv("BONAFIDE_DEVELOPMENT", "true")
    monkeypatch.setenv("BONAFIDE_LOG_LEVEL", "WARNING")
    monkeypatch.setenv("BONAFIDE_NEO4J_HEAP", "512m")
    settings = load_settings()
    assert settings.data == tmp_path
    assert settings.port == 8123
    assert settings.development
    assert settings.log_level == "warning"
    assert settings.neo4j_heap == "512m"


def test_a_flag_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BONAFIDE_PORT", "8123")
    assert load_settings(port=9000, host=None).port == 9000


def test_an_empty_variable_is_as_if_it_were_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BONAFIDE_NEO4J_URI", "")
    assert load_settings().embedded


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("BONAFIDE_PORT", "99999"),
        ("BONAFIDE_PORT", "eighty"),
        ("BONAFIDE_NEO4J_HEAP", "2 gigabytes"),
        ("BONAFIDE_NEO4J_PAGECACHE", "0g"),
        ("BONAFIDE_NEO4J_URI", "http://db.example:7474"),
        ("BONAFIDE_NEO4J_URI", "neo4j://user:secret@db.example"),
        ("BONAFIDE_DEVELOPMENT", "perhaps"),
        ("BONAFIDE_LOG_LEVEL", "loud"),
        ("BONAFIDE_HOST", "two words"),
    ],
)
def test_a_wrong_value_is_named_with_its_variable(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsProblem) as refused:
        load_settings()
    assert str(refused.value).startswith(f"{variable} is '{value}': ")


def test_a_wrong_flag_is_named_as_the_flag() -> None:
    with pytest.raises(SettingsProblem, match=r"^--neo4j-heap is 'much': must be a whole number followed by k, m or g"):
        load_settings(neo4j_heap="much")


def test_every_wrong_setting_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BONAFIDE_PORT", "0")
    monkeypatch.setenv("BONAFIDE_LOG_LEVEL", "loud")
    with pytest.raises(SettingsProblem) as refused:
        load_settings()
    assert len(str(refused.value).splitlines()) == 2


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("")
    with pytest.raises(SettingsProblem, match="is a file"):
        load_settings(data=tmp_path / "store")


def test_a_server_needs_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BONAFIDE_NEO4J_URI", "neo4j+s://db.example:7687")
    with pytest.raises(SettingsProblem, match="BONAFIDE_NEO4J_PASSWORD is not set"):
        load_settings()


def test_the_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BONAFIDE_NEO4J_URI", "bolt://127.0.0.1:7687")
    monkeypatch.setenv("BONAFIDE_NEO4J_PASSWORD", "correct horse")
    settings = load_settings()
    assert settings.neo4j_password is not None
    assert settings.neo4j_password.get_secret_value() == "correct horse"
    assert "correct horse" not in repr(settings) + str(in_force(settings))
    assert in_force(settings)["BONAFIDE_NEO4J_PASSWORD"] == "(hidden)"


def test_settings_are_frozen() -> None:
    settings = load_settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1


def test_a_slip_of_the_pen_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BONAFIDE_PROT", "8001")
    assert unknown_variables() == ["BONAFIDE_PROT"]
