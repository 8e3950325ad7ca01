"""Sealed values: they open for their purpose, under their key, unchanged, and not otherwise."""

import base64
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.service.vault import KeyUnknown, KeyUnusable, SealBroken, Vault

PHONE = b"13800138000"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "var" / "key", made_at_need=True)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    return Vault(tmp_path_factory.mktemp("vault") / "key", made_at_need=True)


@given(plain=st.binary(max_size=300), purpose=st.text(max_size=20))
def test_what_is_sealed_opens_again(kept: Vault, plain: bytes, purpose: str) -> None:
    sealed = kept.seal(purpose, plain)
    assert kept.open_(purpose, sealed) == plain
    assert kept.seal(purpose, plain) != sealed
    assert len(plain) < 8 or plain not in sealed


@given(at=st.integers(0, 43), bit=st.integers(0, 7))
def test_a_changed_bit_anywhere_is_noticed(kept: Vault, at: int, bit: int) -> None:
    sealed = bytearray(kept.seal("phone", PHONE))
    sealed[at % len(sealed)] ^= 1 << bit
    with pytest.raises((SealBroken, KeyUnknown)):
        kept.open_("phone", bytes(sealed))


def test_a_value_opens_for_no_other_purpose(vault: Vault) -> None:
    sealed = vault.seal("keeper:1", PHONE)
    with pytest.raises(SealBroken):
        vault.open_("keeper:2", sealed)


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" * 16, b"\x02" * 60])
def test_what_was_never_sealed_is_refused(vault: Vault, sealed: bytes) -> None:
    with pytest.raises(SealBroken):
        vault.open_("phone", sealed)


def test_the_key_is_made_once_and_for_its_owner_alone(vault: Vault) -> None:
    sealed = vault.seal("phone", PHONE)
    assert stat.S_IMODE(vault.file.stat().st_mode) == 0o600
    assert Vault(vault.file, made_at_need=True).open_("phone", sealed) == PHONE
    assert [path.name for path in vault.file.parent.iterdir()] == ["key"]


def test_many_that_need_the_key_at_once_get_the_same(tmp_path: Path) -> None:
    vaults = [Vault(tmp_path / "key", made_at_need=True) for _ in range(8)]
    sealed: list[bytes] = []
    threads = [
        threading.Thread(target=lambda v=one: sealed.append(v.seal("x", PHONE))) for one in vaults
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [vaults[0].open_("x", one) for one in sealed] == [PHONE] * 8


def test_a_named_key_file_that_is_missing_is_not_made(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "elsewhere", made_at_need=False)
    with pytest.raises(KeyUnusable, match="elsewhere"):
        vault.seal("phone", PHONE)
    assert not vault.file.exists()


def test_a_key_that_others_may_read_is_refused(vault: Vault) -> None:
    vault.seal("phone", PHONE)
    vault.file.chmod(0o640)
    with pytest.raises(KeyUnusable, match="open to other accounts") as caught:
        Vault(vault.file, made_at_need=True).seal("phone", PHONE)
    assert "chmod 600" in caught.value.remedy


@pytest.mark.parametrize("text", ["", "nonsense", "00000001 short\n", "zz zz\n", "00000001\n"])
def test_a_damaged_key_file_is_named_and_its_content_is_not(tmp_path: Path, text: str) -> None:
    file = tmp_path / "key"
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(KeyUnusable, match="key") as caught:
        Vault(file, made_at_need=False).seal("phone", PHONE)
    assert "nonsense" not in str(caught.value)


def test_another_key_opens_nothing_and_says_which_one_is_missing(tmp_path: Path) -> None:
    ours, theirs = (Vault(tmp_path / name, made_at_need=True) for name in ("a", "b"))
    with pytest.raises(KeyUnknown, match="is not in"):
        theirs.open_("phone", ours.seal("phone", PHONE))


def test_while_keys_change_old_values_open_and_new_ones_have_the_new_key(vault: Vault) -> None:
    other = Vault(vault.file, made_at_need=True)
    old = vault.seal("phone", PHONE)
    assert vault.is_current(old)
    before = other.fingerprint("phone", PHONE)
    assert vault.begin_rotation()
    new = vault.seal("phone", PHONE)
    assert not vault.is_current(old)
    assert vault.open_("phone", old) == PHONE
    # a process that has read the file before finds the new key by itself
    assert other.open_("phone", new) == PHONE
    assert other.current_key == vault.current_key
    # what was stored is found, by whomever; what is stored now has the new key's
    assert before in vault.fingerprints("phone", PHONE)
    assert other.fingerprint("phone", PHONE) == vault.fingerprint("phone", PHONE) != before
    assert stat.S_IMODE(vault.file.stat().st_mode) == 0o600


def test_a_change_of_keys_that_was_begun_is_not_begun_again(vault: Vault) -> None:
    vault.seal("phone", PHONE)
    assert vault.begin_rotation()
    assert not Vault(vault.file, made_at_need=True).begin_rotation()
    assert len(vault.key_ids) == 2


def test_a_key_that_was_dropped_opens_nothing_and_the_other_everything_it_sealed(
    vault: Vault,
) -> None:
    old = vault.seal("phone", PHONE)
    first = vault.current_key
    assert vault.drop_old() == ()
    assert vault.open_("phone", old) == PHONE
    vault.begin_rotation()
    new, fingerprint = vault.seal("phone", PHONE), vault.fingerprint("phone", PHONE)
    assert vault.drop_old() == (first,)
    for one in (vault, Vault(vault.file, made_at_need=True)):
        assert one.open_("phone", new) == PHONE
        assert one.fingerprints("phone", PHONE) == [fingerprint]
        with pytest.raises(KeyUnknown, match=first.hex()):
            one.open_("phone", old)
    assert vault.begin_rotation()


def test_a_file_of_one_plain_key_goes_on_and_gets_a_key_of_fingerprints(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"00000001 {base64.b64encode(bytes(32)).decode()}\n")
    file.chmod(0o600)
    vault = Vault(file, made_at_need=False)
    before = vault.fingerprint("phone", PHONE)
    vault.begin_rotation()
    assert before in vault.fingerprints("phone", PHONE)
    vault.drop_old()
    assert len(file.read_text().splitlines()) == 2
    assert before not in vault.fingerprints("phone", PHONE)


def test_a_file_that_is_gone_is_not_made_anew_by_who_knows_its_keys(vault: Vault) -> None:
    sealed = vault.seal("phone", PHONE)
    vault.file.unlink()
    assert vault.open_("phone", sealed) == PHONE
    assert vault.is_current(vault.seal("phone", PHONE))
    assert not vault.file.exists()


def test_a_fingerprint_is_of_its_value_its_purpose_and_its_key(vault: Vault) -> None:
    found = {
        vault.fingerprint("phone", PHONE),
        vault.fingerprint("phone", PHONE[:-1]),
        vault.fingerprint("name", PHONE),
        Vault(vault.file.with_name("b"), made_at_need=True).fingerprint("phone", PHONE),
    }
    assert len(found) == 4
    assert vault.fingerprint("phone", PHONE) in found
    assert all(len(one) == 32 for one in found)


def test_neither_keys_nor_values_show_in_a_picture_of_the_object(vault: Vault) -> None:
    vault.seal("phone", PHONE)
    key = vault.file.read_text().split()[1]
    shown = repr(vault) + repr(vault._keys)
    assert key not in shown
    assert repr(base64.b64decode(key)) not in shown
