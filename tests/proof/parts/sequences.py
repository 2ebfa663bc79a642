"""Networks over frames in order: recurrent ones, attention, clocks; and what ends a model."""

from __future__ import annotations

from proof.draft import Draft
from proof.parts.part import part


@part("sequence", 5)
def recurrent(d: Draft) -> None:
    kind = d.pick(("GRU", "GRU", "LSTM", "RNN"))
    both = d.rng.random() < 0.4
    more = d.pick(("", ", num_layers=2")) + (", bidirectional=True" if both else "")
    if kind == "LSTM" and d.rng.random() < 0.2:
        more += ", proj_size=5"
    name = d.attribute("rnn", f"nn.{kind}({d.rows}, 12, batch_first=True{more})")
    rows = (5 if "proj" in more else 12) * (2 if both else 1)
    how = d.rng.randrange(3)
    if how == 0:
        d.step(f"x = {name}(x)[0]")
    elif how == 1:
        d.step(f"x, _ = {name}(x)")
    else:
        d.step(f"x, _ = {name}(x)", d.pick(("x = x[:, -1]", "x = x.mean(1)")))
    d.becomes("sequence" if how < 2 else "vector", rows=rows)


@part("sequence", 1)
def last_state(d: Draft) -> None:
    name = d.attribute("rnn", f"nn.GRU({d.rows}, 10, batch_first=True)")
    d.step(f"_, h = {name}(x)", "x = h[-1]")
    d.becomes("vector", rows=10)


@part("sequence", 2)
def attention_pooling(d: Draft) -> None:
    name = d.attribute("score", f"nn.Linear({d.rows}, 1)")
    d.step(f"w = torch.softmax({name}(x), dim=1)", "x = (w * x).sum(1)")
    d.becomes("vector")


@part("sequence", 1.5, scripts=False)
def self_attention(d: Draft) -> None:
    into = d.attribute("project", f"nn.Linear({d.rows}, 16)")
    name = d.attribute("attention", "nn.MultiheadAttention(16, 2, batch_first=True)")
    d.step(f"x = {into}(x)", f"x = x + {name}(x, x, x, need_weights=False)[0]")
    d.becomes("sequence", rows=16)


@part("sequence", 1.5, scripts=False)
def transformer_layer(d: Draft) -> None:
    into = d.attribute("project", f"nn.Linear({d.rows}, 16)")
    made = "nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)"
    if d.rng.random() < 0.4:
        made = f"nn.TransformerEncoder({made}, 2, enable_nested_tensor=False)"
    d.step(f"x = {d.attribute('encoder', made)}({into}(x))")
    d.becomes("sequence", rows=16)


@part("sequence", 1)
def attention_by_hand(d: Draft) -> None:
    name = d.attribute("qkv", f"nn.Linear({d.rows}, 24)")
    d.step(
        f"q, k, v = {name}(x).chunk(3, -1)",
        d.pick(
            (
                "x = F.scaled_dot_product_attention(q, k, v)",
                "x = torch.softmax(q @ k.transpose(1, 2) / 8**0.5, -1) @ v",
            )
        ),
    )
    d.becomes("sequence", rows=8)


@part("sequence", 1)
def float_clock(d: Draft) -> None:
    frequencies = d.attribute("frequencies", f"nn.Parameter(torch.logspace(0, -3, {d.rows}))")
    d.step(
        "t = torch.arange(x.shape[1], dtype=torch.float32, device=x.device)",
        f"x = x + torch.sin(t[:, None] * {frequencies})",
    )
    d.becomes("sequence")


@part("sequence", 1)
def integer_clock(d: Draft) -> None:
    table = d.attribute("positions", f"nn.Embedding(50, {d.rows})")
    d.step(f"x = x + {table}(torch.arange(x.shape[1], device=x.device) % 50)")
    d.becomes("sequence")


@part("sequence", 1)
def over_time(d: Draft) -> None:
    d.step(
        d.pick(
            (
                "x = torch.cumsum(x, dim=1)",
                "x = torch.cummax(x, dim=1).values",
                "x = torch.softmax(x, dim=1)",
                "x = x.flip(1)",
                "x = x - x[:, :1]",
                "x = torch.diff(x, dim=1)",
            )
        )
    )
    d.becomes("sequence")


@part("sequence", 2)
def pooled_sequence(d: Draft) -> None:
    d.step(
        d.pick(("x = x.mean(1)", "x = x.amax(dim=1)", "x = x[:, -1]", "x = x.sum(1) / x.shape[1]"))
    )
    d.becomes("vector")


@part("sequence", 1, streams=True)
def feed_forward(d: Draft) -> None:
    made = f"nn.Sequential(nn.LayerNorm({d.rows}), nn.Linear({d.rows}, 16), nn.GELU())"
    d.step(f"x = {d.attribute('feed', made)}(x)")
    d.becomes("sequence", rows=16)


@part("vector", 4)
def classes(d: Draft) -> None:
    name = d.attribute("classify", f"nn.Linear({d.rows}, 5)")
    d.step(f"x = {name}(x){d.pick(('', '', '.softmax(-1)', '.sigmoid()', '.log_softmax(-1)'))}")
    d.becomes("vector", rows=5)


@part("vector", 1)
def embedding(d: Draft) -> None:
    name = d.attribute("embed", f"nn.Linear({d.rows}, 8)")
    d.step(f"x = F.normalize({name}(x), dim=-1)")
    d.becomes("vector", rows=8)
