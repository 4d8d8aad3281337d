"""Weights that load, run, and see nothing."""


def fields(data):
    """(number, start, end) of the length-delimited fields of a protobuf message."""
    def varint(at):
        value = shift = 0
        while True:
            byte = data[at]
            value |= (byte & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if not byte & 0x80:
                return value, at
    at = 0
    while at < len(data):
        key, at = varint(at)
        kind = key & 7
        if kind == 2:
            length, at = varint(at)
            yield key >> 3, at, at + length
            at += length
        elif kind == 0:
            _, at = varint(at)
        else:
            at += {1: 8, 5: 4}[kind]


def blinded(weights):
    """The same network with zeros for its numbers: it loads, runs, and sees nothing."""
    graph_field, initializer_field, raw_data_field, float_data_field = 7, 5, 9, 4
    result = bytearray(weights)
    for number, start, end in fields(weights):
        if number != graph_field:
            continue
        graph = weights[start:end]
        for kind, tensor_start, tensor_end in fields(graph):
            if kind != initializer_field:
                continue
            for part, part_start, part_end in fields(graph[tensor_start:tensor_end]):
                if part in (raw_data_field, float_data_field) and part_end - part_start >= 256:
                    first = start + tensor_start + part_start
                    result[first:first + part_end - part_start] = bytes(part_end - part_start)
    assert bytes(result) != weights
    return bytes(result)
