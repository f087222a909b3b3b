"""The search finds an identifier in every form that it may take, and ordinary text in none of them."""

import base64
import bz2
import gzip
import io
import json
import lzma
import random
import tarfile
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typst
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject

from recredit.publication.encodings import MAXIMUM_DEPTH, TooMuchPackedError, views
from recredit.publication.identifiers import Watchlist

WANTED = {
    "number": "4711023",
    "name": "Zoë Núñez-Ærlig",
    "mail": "zoe.n@pupils.example",
    "code": "c0123456789abcdef",
    "mixed": "ENR-4711-ALG1-R1",
}


@pytest.fixture(scope="module")
def watched() -> Watchlist:
    made = Watchlist()
    for kind, value in WANTED.items():
        made.add(kind, [value])
    return made


def found(watched: Watchlist, content: bytes) -> set[str]:
    return {kind for view in views(content) for kind in watched.found_in_view(view)}


def zipped(content: bytes, name: str = "file.txt") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def tarred(content: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        member = tarfile.TarInfo("file.txt")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def parquet(content: bytes) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"text": [content.decode(), None], "n": [1, 2]}), out, compression="zstd")
    return out.getvalue()


def pdf_page(content: bytes) -> bytes:
    return bytes(
        typst.compile(
            b"#set page(width: 400pt)\n#text(" + json.dumps(content.decode(), ensure_ascii=False).encode() + b")"
        )
    )


def pdf_stream(content: bytes) -> bytes:
    """A PDF with the text in a compressed stream that no page shows."""
    writer = PdfWriter()
    writer.add_blank_page(width=100, height=100)
    hidden = DecodedStreamObject()
    hidden.set_data(b"before (" + content + b") after")
    writer._add_object(hidden.flate_encode())
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda content: content,
    "upper case": lambda content: content.decode().upper().encode(),
    "another normal form": lambda content: content.decode().replace("ë", "e\u0308").replace("ñ", "n\u0303").encode(),
    "without accents": lambda content: content.decode().replace("ë", "e").replace("ú", "u").replace("ñ", "n").encode(),
    "utf-16": lambda content: content.decode().encode("utf-16"),
    "utf-16 without mark": lambda content: ("about " + content.decode()).encode("utf-16-le"),
    "web address": lambda content: urllib.parse.quote_plus(content).encode(),
    "every byte escaped": lambda content: "".join(f"%{byte:02x}" for byte in content).encode(),
    "html entities": lambda content: "".join(f"&#{ord(one)};" for one in content.decode()).encode(),
    "json escapes": lambda content: json.dumps({"a": content.decode()}).encode(),
    "hexadecimal": lambda content: content.hex().encode(),
    "hexadecimal after a digit": lambda content: b"f" + content.hex().upper().encode(),
    "hexadecimal with spaces": lambda content: content.hex(" ").encode(),
    "base64 0": base64.b64encode,
    "base64 1": lambda content: base64.b64encode(b"\x01" + content),
    "base64 2": lambda content: base64.b64encode(b"\x01\x02" + content + b"\x03"),
    "base64 after words": lambda content: b"data" + base64.b64encode(content),
    "base64 after a word": lambda content: b"key" + base64.b64encode(content),
    "base64 for addresses": lambda content: base64.urlsafe_b64encode(b"\xfb\xff\xfe" + content),
    "base64 in lines": lambda content: base64.encodebytes(b"." * 50 + content + b"." * 60),
    "base64 twice": lambda content: base64.b64encode(base64.b64encode(content)),
    "zip": zipped,
    "zip in base64": lambda content: b"<a href='data:;base64," + base64.b64encode(zipped(content)) + b"'>",
    "name in a zip": lambda content: zipped(b"", content.decode()),
    "tar": tarred,
    "tar.gz": lambda content: gzip.compress(tarred(content)),
    "gzip": gzip.compress,
    "second part of a gzip": lambda content: gzip.compress(b"first") + gzip.compress(content),
    "zlib": zlib.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "parquet": parquet,
    "parquet in a zip in a gzip": lambda content: gzip.compress(zipped(parquet(content))),
    "page of a PDF": pdf_page,
    "stream of a PDF": pdf_stream,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", WANTED)
def test_every_kind_is_found_in_every_form(watched: Watchlist, kind: str, form: str) -> None:
    if form == "stream of a PDF" and kind == "number":
        pytest.skip("bare numbers of a PDF's syntax are places and colours; those on a page are read")
    assert kind in found(watched, FORMS[form](WANTED[kind].encode()))


@pytest.mark.parametrize("text", ["idc0123456789abcdefx", "mailto:zoe.n@pupils.example.org", "xENR-4711-ALG1-R1x"])
def test_codes_and_addresses_are_found_inside_longer_words(watched: Watchlist, text: str) -> None:
    assert watched.found_in(text)


@pytest.mark.parametrize("text", ["ZoeNunezAErlig", "Núñez ærlig, Zoë".replace("ærlig", "Ærlig"), "zoe_nunez_ærlig"])
def test_names_run_together_or_cut_otherwise(text: str) -> None:
    names = Watchlist()
    names.add("name", ["Zoë Núñez-Ærlig", "Núñez-Ærlig Zoë", "Zoe Nunez-AErlig"])
    assert names.found_in(text) == {"name"}


def test_ordinary_files_hold_none(watched: Watchlist) -> None:
    numbers = random.Random(3)
    noise = numbers.randbytes(200_000)
    text = " ".join(f"{numbers.random():.6f}" for _ in range(20_000)).encode()
    for content in (
        noise,
        base64.b64encode(noise),
        noise.hex().encode(),
        text,
        b"",
        b"%PDF-1.7 broken",
        b"PK\x03\x04x",
    ):
        assert found(watched, content) == set()


def test_a_pdf_with_decimals_of_the_same_digits_is_clean(watched: Watchlist) -> None:
    drawn = typst.compile(b"#set page(width: 400pt)\n#rect(width: 0.4711023pt, fill: rgb(47, 11, 23))\nNothing.")
    assert PdfReader(io.BytesIO(drawn)).pages
    assert found(watched, bytes(drawn)) == set()


def test_what_is_packed_too_deeply_is_refused_and_not_half_searched() -> None:
    content = b"x"
    for _ in range(MAXIMUM_DEPTH + 2):
        content = gzip.compress(content)
    with pytest.raises(TooMuchPackedError):
        list(views(content))


def test_a_small_file_that_unpacks_to_a_giant_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recredit.publication.encodings.MAXIMUM_BYTES", 1_000_000)
    with pytest.raises(TooMuchPackedError):
        list(views(gzip.compress(b"\0" * 3_000_000)))
