"""What runs a file: ONNX Runtime, PyTorch, ExecuTorch, behind one seam (``engine.py``)."""
