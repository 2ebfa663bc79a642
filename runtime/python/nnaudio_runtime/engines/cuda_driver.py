"""What is asked of NVIDIA's driver library itself, through ctypes."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

from nnaudio_runtime.errors import ProviderError


class CudaDriver:
    """The CUDA driver API of this machine.

    Args:
        library: the loaded driver library; anything with its functions.

    Raises:
        ProviderError: the driver does not start, or sees no GPU.
    """

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        self._call("cuInit", 0)
        count = ctypes.c_int()
        self._call("cuDeviceGetCount", ctypes.byref(count))
        self.device_count = count.value
        if not self.device_count:
            raise ProviderError("the CUDA driver sees no GPU")

    def synchronize(self, device: int) -> None:
        """Waits until all work queued on a GPU is done, whichever stream it is on.

        ONNX Runtime computes on a stream of its own, which does not wait for the stream that a
        DLPack array was made on.

        Args:
            device: number of the GPU.
        """
        handle, context = ctypes.c_int(), ctypes.c_void_p()
        self._call("cuDeviceGet", ctypes.byref(handle), device)
        # PyTorch, CuPy and ONNX Runtime all use the device's primary context.
        self._call("cuDevicePrimaryCtxRetain", ctypes.byref(context), handle)
        try:
            self._call("cuCtxPushCurrent_v2", context)
            try:
                self._call("cuCtxSynchronize")
            finally:
                self._call("cuCtxPopCurrent_v2", ctypes.byref(ctypes.c_void_p()))
        finally:
            self._call("cuDevicePrimaryCtxRelease_v2", handle)

    def _call(self, function: str, *arguments: object) -> None:
        code = getattr(self._library, function)(*arguments)
        if code:
            raise ProviderError(f"the CUDA driver's {function} fails with code {code}")


@cache
def cuda_driver() -> CudaDriver:
    """The driver of this machine, loaded once.

    Raises:
        ProviderError: there is none, or it does not work; the message says which.
    """
    name = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        library = ctypes.CDLL(name)
    except OSError:
        raise ProviderError(f"this machine has no NVIDIA driver ({name})") from None
    return CudaDriver(library)
