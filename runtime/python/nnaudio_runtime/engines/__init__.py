"""What runs a file: ONNX Runtime, PyTorch, ExecuTorch, behind one seam (``engine.py``).

Imports ``files``, and knows of no stream: that only holds a stepper.

Each engine brings its own modules: ``onnxruntime``, ``ort_stepper``, ``providers``,
``cuda_driver``, ``cuda_operators`` and ``fixed_buffers`` for ONNX Runtime, ``torchscript`` for
PyTorch, ``executorch`` for ExecuTorch, ``torch_stepper`` for the two that take PyTorch's tensors.
``engine``, ``placement`` and ``microbatch_stepper`` serve them all.
"""
