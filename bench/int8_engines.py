#!/usr/bin/env python3
"""One network at 8 bits by several engines on one core, in turn in one run: ours, oneDNN, ONNX Runtime and OpenVINO.

usage: int8_engines.py PROGRAM MODELS PHOTO... [--size WxH] [--rounds N]

PROGRAM is build/bench/bench/int8_engines, MODELS the folder of the weights; the photos show ONNX Runtime's quantizer how
large activations get. scripts/engines calls this. ONNX Runtime runs a file with quantize-dequantize nodes that its own
tools make of the weights, and OpenVINO the same file; both also run the file in floats. Prints a table of Markdown: medians
over the rounds of milliseconds of processor time, and of the ratios within a round.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import numpy
import onnx
import onnxruntime
from onnx import version_converter
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from PIL import Image

try:
    import openvino
except ImportError:
    openvino = None


def fixed_size(path, width, height):
    """The model with this input size, and without sizes that the file tells of other values."""
    model = onnx.load(path)
    for dimension, value in zip(model.graph.input[0].type.tensor_type.shape.dim, (1, 3, height, width)):
        dimension.dim_value = value
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    del model.graph.value_info[:]
    return version_converter.convert_version(model, 17)  # scales for each channel are of 13 and later


def as_input(photo, width, height):
    pixels = numpy.asarray(Image.open(photo).convert("RGB").resize((width, height)), numpy.float32)
    return pixels.transpose(2, 0, 1)[None]


class Photos(CalibrationDataReader):
    def __init__(self, name, inputs):
        self.left = [{name: one} for one in inputs]

    def get_next(self):
        return self.left.pop() if self.left else None


def quantized(model, inputs, folder):
    plain, prepared, path = (f"{folder}/{name}.onnx" for name in ("plain", "prepared", "quantized"))
    onnx.save(model, plain)
    quant_pre_process(plain, prepared)
    quantize_static(prepared, path, Photos(model.graph.input[0].name, inputs), quant_format=QuantFormat.QDQ,
                    per_channel=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
    return prepared, path


def timed(work, runs):
    start = time.process_time()
    for _ in range(runs):
        work()
    return (time.process_time() - start) * 1e3 / runs


def of_onnxruntime(path, picture):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: picture}
    return lambda: session.run(None, feed)


def of_openvino(path, picture):
    settings = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY"}
    request = openvino.Core().compile_model(path, "CPU", settings).create_infer_request()
    return lambda: request.infer([picture])


class Child:
    """The program that has our engine and oneDNN."""

    def __init__(self, program, models, width, height):
        self.process = subprocess.Popen([program, models, str(width), str(height)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
        self.kernels, self.difference = self.process.stdout.readline().split()

    def timed(self, who, runs):
        self.process.stdin.write(f"{who} {runs}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


def processor():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    value = {line.split(":")[0].strip(): line.split(":", 1)[1].strip() for line in lines if ":" in line}
    known = [flag for flag in ("avx2", "avx_vnni", "avx512_vnni") if flag in value["flags"].split()]
    return f"{value['model name']} ({', '.join(known)})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("models")
    parser.add_argument("photos", nargs="+")
    parser.add_argument("--size", default="640x640")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--runs", type=int, default=5, help="of each engine in a round")
    given = parser.parse_args()
    width, height = (int(side) for side in given.size.split("x"))
    inputs = [as_input(photo, width, height) for photo in given.photos]

    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    child = Child(given.program, given.models, width, height)
    ways = {f"ours ({child.kernels})": lambda: child.timed("ours", given.runs),
            "oneDNN": lambda: child.timed("onednn", given.runs)}
    with tempfile.TemporaryDirectory() as folder:
        model = fixed_size(f"{given.models}/mnet.25_v1.onnx", width, height)
        in_floats, at_8_bits = quantized(model, inputs, folder)
        engines = [("ONNX Runtime " + onnxruntime.__version__, of_onnxruntime)]
        if openvino is not None:
            engines.append(("OpenVINO " + openvino.__version__.split("-")[0], of_openvino))
        for name, of in engines:
            for bits, path in (("8 bits", at_8_bits), ("fp32", in_floats)):
                work = of(path, inputs[0])
                work()
                ways[f"{name}, {bits}"] = lambda work=work: timed(work, given.runs)
    times = {name: [] for name in ways}
    for _ in range(given.rounds):
        for name, measure in ways.items():
            times[name].append(measure())

    print(f"{width}x{height}, one core of {processor()}, {given.rounds} rounds of {given.runs} runs")
    print(f"heads of ours and oneDNN differ by {float(child.difference):.3f} of their mean size\n")
    print("| engine | CPU ms | / ours |\n|---|---|---|")
    ours = next(iter(times.values()))
    for name, spent in times.items():
        ratio = statistics.median(one / base for one, base in zip(spent, ours))
        print(f"| {name} | {statistics.median(spent):.1f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
