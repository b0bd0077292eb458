"""Triton's own client against our server, and the Open Inference Protocol by hand."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from tests.support.contract import check
from tests.support.servers import contract_server

TEXTS = ["good film", "bad bad film", "a naïve film"]
MODEL = "sentiment"
PATH = f"/v2/models/{MODEL}/infer"


@pytest.fixture(scope="module")
def url(tokenizer_folder: Path) -> Iterator[str]:
    with contract_server(tokenizer_folder, max_characters=500, max_texts=5) as (address, _):
        yield address


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[triton.InferenceServerClient]:
    with triton.InferenceServerClient(url.removeprefix("http://")) as made:
        yield made


def tensor(texts: list[Any], binary: bool, *shape: int) -> triton.InferInput:
    values = np.array(texts, dtype=object).reshape(shape or len(texts))
    made = triton.InferInput("text", list(values.shape), "BYTES")
    return made.set_data_from_numpy(values, binary_data=binary)


def test_the_server_and_its_model_are_as_the_client_asks(
    client: triton.InferenceServerClient,
) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready(MODEL)
    assert client.is_model_ready(MODEL, "fake")
    assert not client.is_model_ready("other")
    assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
    metadata = client.get_model_metadata(MODEL)
    assert metadata["versions"] == ["fake"]
    assert metadata["inputs"] == [{"name": "text", "datatype": "BYTES", "shape": [-1]}]
    assert [each["name"] for each in metadata["outputs"]] == [
        *("label", "confidence", "probabilities")
    ]
    assert metadata["parameters"]["labels"] == ["negative", "positive"]


@pytest.mark.parametrize("asked", [None, False, True], ids=["all", "as JSON", "as bytes"])
@pytest.mark.parametrize("binary", [False, True], ids=["JSON", "bytes"])
@pytest.mark.parametrize("version", ["", "fake"])
def test_texts_are_classified_as_we_do_it(
    url: str, client: triton.InferenceServerClient, binary: bool, asked: bool | None, version: str
) -> None:
    names = ["label", "confidence", "probabilities"]
    outputs = None if asked is None else [triton.InferRequestedOutput(n, asked) for n in names]
    answer = client.infer(
        MODEL, [tensor(TEXTS, binary)], model_version=version, outputs=outputs, request_id="mine"
    )
    ours = httpx.post(f"{url}/predict/batch", json={"texts": TEXTS}).json()["results"]
    label = answer.as_numpy("label").tolist()
    assert [each.decode() if isinstance(each, bytes) else each for each in label] == [
        one["label"] for one in ours
    ]
    assert answer.as_numpy("confidence").tolist() == [one["confidence"] for one in ours]
    assert answer.as_numpy("probabilities").tolist() == [
        list(one["probabilities"].values()) for one in ours
    ]
    said = answer.get_response()
    assert (said["model_name"], said["model_version"], said["id"]) == (MODEL, "fake", "mine")


def test_only_what_is_asked_for_comes_and_each_as_it_was_asked_for(
    client: triton.InferenceServerClient,
) -> None:
    outputs = [
        triton.InferRequestedOutput("probabilities", binary_data=True),
        triton.InferRequestedOutput("label", binary_data=False),
    ]
    said = client.infer(MODEL, [tensor(TEXTS, True)], outputs=outputs).get_response()
    first, second = said["outputs"]
    assert (first["name"], first["parameters"]) == ("probabilities", {"binary_data_size": 48})
    assert (second["name"], len(second["data"])) == ("label", 3)


@pytest.mark.parametrize("algorithm", ["gzip", "deflate"])
def test_a_body_may_be_compressed_and_a_column_of_texts_is_taken(
    client: triton.InferenceServerClient, algorithm: str
) -> None:
    column = tensor(TEXTS, True, 3, 1)
    answer = client.infer(MODEL, [column], request_compression_algorithm=algorithm)
    assert answer.as_numpy("confidence").shape == (3,)


@pytest.mark.parametrize("binary", [False, True], ids=["JSON", "bytes"])
@pytest.mark.parametrize(
    ("texts", "status", "words"),
    [
        (["good", ""], "422", "Text 2: The text is empty"),
        (["x" * 501], "413", "501 characters"),
        (["good"] * 6, "422", "at most 5"),
        ([], "422", "empty"),
    ],
)
def test_the_client_raises_what_was_wrong(
    client: triton.InferenceServerClient, binary: bool, texts: list[Any], status: str, words: str
) -> None:
    with pytest.raises(InferenceServerException, match=words) as raised:
        client.infer(MODEL, [tensor(texts, binary)])
    assert raised.value.status() == status


def test_bytes_that_are_no_utf8_are_the_fault_of_their_text(
    client: triton.InferenceServerClient,
) -> None:
    with pytest.raises(InferenceServerException, match=r"Text 2: .*UTF-8"):
        client.infer(MODEL, [tensor([b"good", b"\xff"], True)])


@pytest.mark.parametrize(
    ("model", "version"), [("other", ""), (MODEL, "7")], ids=["model", "version"]
)
def test_what_is_not_served_is_not_found(
    client: triton.InferenceServerClient, model: str, version: str
) -> None:
    with pytest.raises(InferenceServerException, match="answers with sentiment:fake") as raised:
        client.infer(model, [tensor(TEXTS, False)], model_version=version)
    assert raised.value.status() == "404"


def body(**changed: Any) -> Any:
    inputs = {"name": "text", "shape": [1], "datatype": "BYTES", "data": ["good film"]}
    inputs = {name: value for name, value in (inputs | changed).items() if value is not None}
    return {"inputs": [inputs]}


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(body(name="x"), id="another input"),
        pytest.param(body(datatype="FP32"), id="another type"),
        pytest.param(body(shape=[2]), id="another shape"),
        pytest.param(body(shape=[2**62] * 8), id="a huge shape"),
        pytest.param(body(shape=[-1]), id="a negative shape"),
        pytest.param(body(data=None), id="no data"),
        pytest.param(body(parameters={"binary_data_size": 9}), id="bytes that are not there"),
        pytest.param(body(parameters={"shared_memory_region": "x"}), id="shared memory"),
        pytest.param({"inputs": []}, id="no input"),
        pytest.param({"inputs": [*body()["inputs"]] * 2}, id="two inputs"),
        pytest.param(body() | {"outputs": [{"name": "logits"}]}, id="another output"),
        pytest.param(
            body() | {"outputs": [{"name": "label", "parameters": {"classification": 1}}]},
            id="an extension of Triton",
        ),
        pytest.param(body() | {"id": 7}, id="a number as id"),
        pytest.param(body() | {"outputs": [{"name": "label"}] * 4}, id="an output again and again"),
    ],
)
def test_what_the_model_does_not_have_is_refused(url: str, document: Any, wrong: Any) -> None:
    response = httpx.post(f"{url}{PATH}", json=wrong)
    assert response.status_code == 422
    check(document, response, "/v2/models/{model}/infer")


@pytest.mark.parametrize(
    ("length", "tail", "status"),
    [
        ("0", b"", 400),
        ("-1", b"", 400),
        ("9" * 30, b"", 400),
        ("²", b"", 400),
        ("json", b"\x04\x00\x00\x00good", 200),
        ("json", b"\x05\x00\x00\x00good", 422),
        ("json", b"\xff\xff\xff\xffgood", 422),
        ("json", b"\x04\x00\x00", 422),
        ("json", b"\x04\x00\x00\x00good\x00\x00\x00\x00", 422),
    ],
)
def test_bytes_after_the_json_are_read_within_their_bounds(
    url: str, document: Any, length: str, tail: bytes, status: int
) -> None:
    head = httpx.Request(
        "POST", url, json=body(data=None, parameters={"binary_data_size": len(tail)})
    ).content
    declared = str(len(head)) if length == "json" else length
    response = httpx.post(
        f"{url}{PATH}",
        content=head + tail,
        headers={b"Inference-Header-Content-Length": declared.encode()},
    )
    assert response.status_code == status
    check(document, response, "/v2/models/{model}/infer")


def test_an_answer_in_bytes_is_described_too(url: str, document: Any) -> None:
    asked = body() | {"parameters": {"binary_data_output": True, "priority": 3}}
    response = httpx.post(f"{url}{PATH}", json=asked)
    check(document, response, "/v2/models/{model}/infer")
    size = int(response.headers["inference-header-content-length"])
    (confidence,) = struct.unpack_from("<d", response.content, len(response.content) - 24)
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.content[:size].endswith(b"}")
    assert 0.5 <= confidence <= 1


@pytest.mark.parametrize("declared", ["text/plain", "application/x-www-form-urlencoded"])
def test_other_media_types_are_refused(url: str, document: Any, declared: str) -> None:
    response = httpx.post(f"{url}{PATH}", json=body(), headers={"content-type": declared})
    assert response.status_code == 415
    check(document, response, "/v2/models/{model}/infer")


def test_what_the_client_of_kserve_adds_changes_nothing(url: str, document: Any) -> None:
    """As its `InferRequest.to_rest` makes it, kserve/protocol/infer_type.py."""
    plain = httpx.post(f"{url}{PATH}", json=body() | {"id": "1"}).json()
    asked = body(parameters={}) | {"id": "1", "model_name": MODEL, "outputs": [], "parameters": {}}
    response = httpx.post(f"{url}{PATH}", json=asked)
    assert check(document, response, "/v2/models/{model}/infer") == plain
