"""A session loads each network once, gives it to every thread, and forgets it when asked."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from photostyle import DeviceError, OptionError, Options, Session, session, transfer

DAY = np.random.default_rng(0).random((40, 50, 3), dtype=np.float32)
QUICK = {"steps": 1, "size": 64, "segmenter": "none"}


@pytest.fixture
def loaded(monkeypatch):
    """The precision of each encoder that is loaded."""
    real, calls = session.load_encoder, []

    def counted(name, **how):
        calls.append((name, how["precision"]))
        return real(name, **how)

    monkeypatch.setattr(session, "load_encoder", counted)
    return calls


def test_networks_are_loaded_once(loaded):
    kept = Session("cpu")
    for _ in range(2):
        transfer(DAY, DAY, session=kept, encoder="compact", **QUICK)
    assert loaded == [("compact", "float32")]
    assert kept.segmenter("none") is kept.segmenter("none")


def test_threads_share_what_is_loaded_once(loaded):
    kept = Session("cpu")
    with ThreadPoolExecutor(8) as pool:
        encoders = list(pool.map(lambda _: kept.encoder("compact"), range(16)))
    assert len(loaded) == 1 and all(encoder is encoders[0] for encoder in encoders)


def test_what_is_released_is_loaded_anew(loaded):
    kept = Session("cpu")
    first = kept.encoder("compact")
    assert "1 networks loaded" in repr(kept)
    kept.release()
    assert "0 networks loaded" in repr(kept)
    assert kept.encoder("compact") is not first and len(loaded) == 2


def test_each_precision_has_its_own_network(loaded, monkeypatch):
    monkeypatch.setattr(session, "computes_bfloat16", lambda device: True)
    kept = Session("cpu", precision="bfloat16")
    assert kept.encoder("compact") is kept.encoder("compact", exact=True)
    assert next(kept.encoder("compact").parameters()).dtype == torch.bfloat16
    assert next(Session("cpu").encoder("compact").parameters()).dtype == torch.float32
    on_gpu = Session("cpu")
    on_gpu.device = torch.device("cuda")
    assert on_gpu._encoder_precision(exact=False) == "bfloat16" and on_gpu._encoder_precision(exact=True) == "float32"


def test_the_process_shares_one_session_for_each_engine():
    assert Session.shared(Options(device="cpu")) is Session.shared(Options(device="cpu", steps=3))
    assert Session.shared(Options(device="cpu")) is not Session.shared(Options(device="cpu", cache=False))
    assert Session.of(Options(device="cpu")) is not Session.of(Options(device="cpu"))


def test_a_session_is_one_line_and_a_device_is_checked():
    assert repr(Session("cpu")) == "Session(device='cpu', precision='auto', 0 networks loaded)"
    with pytest.raises(OptionError, match="device must be auto, cpu, cuda, cuda:N or mps, got 'gpu'"):
        Session("gpu")
    if not torch.cuda.is_available():
        with pytest.raises(DeviceError):
            Session("cuda")
