"""Before XNNPACK: a kernel of its own for every convolution.

XNNPACK's one-dimensional convolutions become two-dimensional, kernels and all. Where two of them
share a kernel (a bank and its adjoint), ExecuTorch 1.5 does so for the first alone, and fails.
"""

from __future__ import annotations

from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind
from torch.fx import Node


def unshare_kernels(program: ExportedProgram) -> None:
    """Copies kernels that several convolutions of an exported program share, in place.

    The file holds equal bytes once.
    """
    from executorch.backends.transforms.utils import create_constant_placeholder

    signature = program.graph_signature
    names = {
        **signature.inputs_to_buffers,
        **signature.inputs_to_parameters,
        **signature.inputs_to_lifted_tensor_constants,
    }
    values = {**program.state_dict, **program.constants}
    graph = program.graph_module.graph
    taken: set[Node] = set()
    for number, node in enumerate(graph.nodes):
        if node.op != "call_function" or "conv" not in str(node.target):
            continue
        kernel = node.args[1]
        if kernel not in taken or kernel.name not in names:
            taken.add(kernel)
            continue
        with graph.inserting_before(kernel):
            copy = create_constant_placeholder(
                program,
                graph,
                name=f"{kernel.name}_of_{number}",
                kind=InputKind.BUFFER,
                data=values[names[kernel.name]].detach().clone(),
                persistent_buffer=True,
            )
        node.replace_input_with(kernel, copy)
    program.graph_module.recompile()
