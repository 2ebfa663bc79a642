"""What a model returns, and what is put around a whole model."""

from __future__ import annotations

from proof.draft import Draft
from proof.parts.part import part

_SECOND = {
    "audio": "x.abs().amax(-1)",
    "rows": "x.mean(-1)",
    "sequence": "x[:, -1]",
    "image": "x.amax(dim=(2, 3))",
    "vector": "x.softmax(-1)",
    "complex": "x[..., 0]",
}


@part("output", 14, streams=True)
def one_output(d: Draft) -> None:
    d.result = "x"


@part("output", 1.5)
def tuple_output(d: Draft) -> None:
    d.result = f"x, {_SECOND[d.layout]}"


@part("output", 1.5)
def dict_output(d: Draft) -> None:
    d.result = f'{{"features": x, "summary": {_SECOND[d.layout]}}}'


@part("output", 1)
def named_output(d: Draft) -> None:
    d.declared += [
        "from typing import NamedTuple",
        "class Output(NamedTuple):\n    features: torch.Tensor\n    summary: torch.Tensor",
    ]
    d.result = f"Output(x, {_SECOND[d.layout]})"


@part("output", 1, scripts=False)
def nested_output(d: Draft) -> None:
    second = _SECOND[d.layout]
    d.result = d.pick((f'{{"a": (x, {second}), "b": None}}', f"[x, ({second}, x * 2.0)]"))


@part("wrapper", 2, scripts=False)
def averaged_model(d: Draft) -> None:
    d.declared.append("from torch.optim.swa_utils import AveragedModel")
    d.arguments["wrapped"] = ("model = AveragedModel(net)", "model.update_parameters(net)")


@part("wrapper", 1, scripts=False)
def data_parallel(d: Draft) -> None:
    d.arguments["wrapped"] = ("model = nn.DataParallel(net)",)


@part("wrapper", 1, scripts=False)
def compiled(d: Draft) -> None:
    d.arguments["wrapped"] = ("model = torch.compile(net)",)


@part("wrapper", 1, scripts=False)
def any_arguments(d: Draft) -> None:
    d.declared.append(
        "class Wrapper(nn.Module):\n"
        "    def __init__(self, net):\n"
        "        super().__init__()\n"
        "        self.net = net\n\n"
        "    def forward(self, *args, **kwargs):\n"
        "        return self.net(*args, **kwargs)"
    )
    d.arguments["wrapped"] = ("model = Wrapper(net)",)
