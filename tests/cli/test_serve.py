"""What `photostyle serve` says where it cannot begin: one line that names no token."""

import pytest

pytest.importorskip("starlette", reason="the server needs the extra: pip install 'photostyle[studio]'")

GOOD = "0123456789abcdef"


@pytest.fixture(autouse=True)
def a_home_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setenv("PHOTOSTYLE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PHOTOSTYLE_TOKENS", raising=False)


@pytest.mark.parametrize(
    "text, problem",
    [
        ("", "has no token; put one in each line"),
        ("# none\n\n", "has no token"),
        (f"{GOOD}\nshort\n", "token 2 must be 16 or more letters"),
        (f"{GOOD} {GOOD}\n", "token 1 must be 16"),
        (f"{GOOD}ö\n", "token 1 must be 16"),
    ],
)
def test_a_file_of_tokens_that_is_none(call, tmp_path, text, problem):
    path = tmp_path / "tokens.txt"
    path.write_text(text, encoding="utf-8")
    code, out, err = call("serve", "--tokens", path)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert problem in err and GOOD not in err and "short" not in err
    assert not (tmp_path / "home").exists()  # nothing is made before


def test_without_a_token_it_says_where_one_goes(call):
    code, _, err = call("serve")
    assert code == 2 and "--tokens" in err and "PHOTOSTYLE_TOKENS" in err and err.count("\n") == 1


@pytest.mark.parametrize(
    "words, problem",
    [
        (("--tokens", "nowhere.txt"), "nowhere.txt: cannot be read"),
        (("--port", "99999"), "0 to 65535"),
        (("--queue", "0"), "queue"),
        (("--host", "no.such.host.invalid"), "no address of this machine"),
    ],
)
def test_what_cannot_be_is_one_line(call, monkeypatch, words, problem):
    if "--tokens" not in words:
        monkeypatch.setenv("PHOTOSTYLE_TOKENS", GOOD)
    code, _, err = call("serve", *words)
    assert code == 2 and problem in err and err.count("\n") == 1


def test_a_store_that_another_server_has_is_said(call, monkeypatch, tmp_path):
    from photostyle.studio.room import Room

    monkeypatch.setenv("PHOTOSTYLE_TOKENS", GOOD)
    room = Room(tmp_path / "store")
    code, _, err = call("serve", "--store", tmp_path / "store", "--port", "0")
    room.close()
    assert code == 2 and "the server cannot keep anything" in err and err.count("\n") == 1
