"""Processes of one thread each."""

import os

import cv2

from imgforensics.utils.workers import workers


def test_workers_have_one_thread_each_and_leave_the_environment_as_it_was(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    with workers(2) as pool:
        assert list(pool.map(str, range(5))) == list("01234")
        names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
        assert list(pool.map(os.getenv, names)) == ["1", "1", "1"]
        assert pool.submit(cv2.getNumThreads).result() == 1
        assert pool.submit(os.getpid).result() != os.getpid()
    assert os.environ["OMP_NUM_THREADS"] == "3" and "OPENBLAS_NUM_THREADS" not in os.environ
