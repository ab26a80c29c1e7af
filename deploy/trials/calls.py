"""Calls over gRPC without a pause, and how many of them failed."""

import asyncio
import struct
import subprocess
import sys

import grpc


def grpc_load(target, seconds, callers):
    """Starts this file as a program of its own; its figures come from `grpc_result`."""
    command = ["taskset", "-c", "1", sys.executable, __file__, target, str(seconds), str(callers)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def grpc_result(process):
    """Calls answered, and those that ended with another status than OK."""
    text = process.communicate()[0]
    answered, failed = map(int, text.split()[:2])
    return answered, failed


async def call_until(target, seconds, callers):
    """Calls `Predict` one after another, by so many callers over one channel."""
    message = b"".join(
        bytes([field << 3 | 1]) + struct.pack("<d", value)
        for field, value in enumerate((6.7, 2.8, 4.9, 1.8), 1)
    )
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    answered, codes = 0, {}
    # The channel's own retries would hide a failure.
    async with grpc.aio.insecure_channel(target, options=[("grpc.enable_retries", 0)]) as channel:
        predict = channel.unary_unary("/iris.v1.Predictor/Predict")

        async def caller():
            nonlocal answered
            while loop.time() < end:
                try:
                    await predict(message)
                    answered += 1
                except grpc.aio.AioRpcError as error:
                    said = f"{error.code().name}: {error.details()}"
                    codes[said] = codes.get(said, 0) + 1

        await asyncio.gather(*(caller() for _ in range(callers)))
    print(answered, sum(codes.values()))
    for said, count in codes.items():
        print(count, said, file=sys.stderr)


if __name__ == "__main__":
    asyncio.run(call_until(sys.argv[1], float(sys.argv[2]), int(sys.argv[3])))
