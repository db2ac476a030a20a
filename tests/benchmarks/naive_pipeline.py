"""transformers as it comes, split over two processes that take turns: one chunk, stock classes.

The parent holds the first half of the layers and the child the second; hidden states travel over
a loopback socket. This is what a person gets without pipelining along the tokens.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]


class NaivePipeline:
    """Starts both halves; `run` gives the prefill's tokens per second."""

    def __init__(self, model: Path) -> None:
        self._model = model
        self._processes: list[subprocess.Popen[str]] = []

    def __enter__(self) -> NaivePipeline:
        from tests.benchmarks.llama_cpp import free_port

        port = free_port()
        for half in ("second", "first"):
            command = [sys.executable, "-m", "tests.benchmarks.naive_pipeline", half]
            command += [str(self._model), str(port)]
            self._processes.append(
                subprocess.Popen(
                    command,
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    env=one_thread_environment(),
                )
            )
            # The second half listens before the first connects.
            self._line(self._processes[-1])
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.communicate()

    def run(self, prompt_tokens: int) -> float:
        first = self._processes[1]
        assert first.stdin is not None
        first.stdin.write(f"{prompt_tokens}\n")
        first.stdin.flush()
        return prompt_tokens / float(self._line(first))

    def _line(self, process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("a half of the naive pipeline ended")
        return line


def one_thread_environment() -> dict[str, str]:
    import os

    return {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}


def half_model(folder: Path, half: str) -> Any:
    """The whole model with the layers of one half; the others are dropped."""
    import torch
    import transformers

    transformers.utils.logging.set_verbosity_error()
    torch.set_num_threads(1)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).eval()
    layers = model.base_model.layers
    middle = len(layers) // 2
    kept = range(middle) if half == "first" else range(middle, len(layers))
    model.base_model.layers = torch.nn.ModuleList([layers[index] for index in kept])
    config = model.base_model.config
    config.layer_types = [config.layer_types[index] for index in kept]
    config.num_hidden_layers = len(kept)
    for number, layer in enumerate(model.base_model.layers):
        layer.self_attn.layer_idx = number
    if half == "first":
        model.base_model.norm = torch.nn.Identity()
    return model


def serve_second(folder: Path, port: int) -> None:
    import torch

    model = half_model(folder, "second")
    with Listener(("127.0.0.1", port)) as listener:
        print("listening", flush=True)
        with listener.accept() as connection, torch.inference_mode():
            while True:
                hidden = received(connection)
                output = model(inputs_embeds=hidden, logits_to_keep=1, use_cache=True)
                connection.send_bytes(output.logits[0, -1].argmax().numpy().tobytes())


def drive_first(folder: Path, port: int) -> None:
    import torch

    model = half_model(folder, "first")
    with Client(("127.0.0.1", port)) as connection, torch.inference_mode():
        print("connected", flush=True)
        for line in sys.stdin:
            count = int(line)
            ids = (torch.arange(count) * 7919 + 7) % model.config.vocab_size
            began = time.monotonic()
            hidden = model.base_model(input_ids=ids[None], use_cache=True).last_hidden_state
            connection.send_bytes(np.array(hidden.shape, dtype=np.int64).tobytes())
            connection.send_bytes(hidden.contiguous().view(torch.int16).numpy().tobytes())
            connection.recv_bytes()
            print(time.monotonic() - began, flush=True)


def received(connection: Connection) -> Any:
    import torch

    shape = tuple(np.frombuffer(connection.recv_bytes(), dtype=np.int64))
    values = np.frombuffer(bytearray(connection.recv_bytes()), dtype=np.int16)
    return torch.from_numpy(values).view(torch.bfloat16).view(shape)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("half", choices=("first", "second"))
    parser.add_argument("model", type=Path)
    parser.add_argument("port", type=int)
    chosen = parser.parse_args()
    (drive_first if chosen.half == "first" else serve_second)(chosen.model, chosen.port)
