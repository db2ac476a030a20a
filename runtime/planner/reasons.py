"""Why this plan: what was weighed beside it, and the choice in a sentence."""

from __future__ import annotations

from collections import Counter

import msgspec

from runtime.planner.judge import Candidate
from runtime.planner.rules import equal_layers
from runtime.planner.search import QUICK, Search
from runtime.planner.values import Alternative, DeviceProfile, Plan

# Left-out devices whose effect is worked out; the rest is only counted.
MOST_EXPLAINED = 3
# Differences below this share of the answer's time are no difference.
NOTICEABLE = 0.005
EQUAL_LAYERS = "Equal layers"


def explain(search: Search, best: Candidate, plan: Plan) -> Plan:
    """The plan with its reason and the alternatives it was weighed against."""
    alternatives, alone = _alone(search, best)
    left_out, sentence = _left_out(search, best)
    alternatives += left_out
    equal = _equal(search)
    if equal is not None:
        alternatives.append(_alternative(search, EQUAL_LAYERS, equal))
    reading, hint = _helpers(search, best, plan)
    alternatives += reading
    sentences = [sentence or _together(search, best, alone), _width(search, best), hint]
    return msgspec.structs.replace(
        plan,
        reason=" ".join(each for each in sentences if each),
        alternatives=tuple(alternatives),
    )


def display_names(devices: tuple[DeviceProfile, ...]) -> list[str]:
    """Names a person can tell apart."""
    counts = Counter(device.name for device in devices)
    seen: Counter[str] = Counter()
    names = []
    for device in devices:
        name = device.name or device.device_id
        if counts[device.name] > 1:
            seen[device.name] += 1
            name = f"{name} ({seen[device.name]})"
        names.append(name)
    return names


def _alternative(search: Search, name: str, candidate: Candidate | None) -> Alternative:
    if candidate is None:
        return Alternative(name=name, ttft_seconds=None, answer_seconds=None)
    verdict = search.judge.verdict(candidate)
    return Alternative(
        name=name, ttft_seconds=verdict.ttft_seconds, answer_seconds=verdict.answer_seconds
    )


def _alone(search: Search, best: Candidate) -> tuple[list[Alternative], Candidate | None]:
    """The fastest device alone, unless that is the plan; whether any device could do it alone."""
    devices = range(len(search.tables.devices))
    able = [found for device in devices if (found := search.alone(device)) is not None]
    fastest = min(able, key=search.judge.value, default=None)
    if fastest is None:
        roomiest = max(devices, key=lambda device: float(search.tables.room[device]))
        return [_alternative(search, f"{_name(search, roomiest)} alone", None)], None
    if best.order == fastest.order:
        return [], fastest
    name = f"{_name(search, fastest.order[0])} alone"
    return [_alternative(search, name, fastest)], fastest


def _left_out(search: Search, best: Candidate) -> tuple[list[Alternative], str]:
    """What each left-out device would change, the fastest first."""
    tables = search.tables
    if search.fixed:
        return [], "In the order that was chosen by hand."
    out = [device for device in range(len(tables.devices)) if device not in best.order]
    if not out:
        return [], ""
    prompt = tables.whole_prompt()
    out.sort(key=lambda device: float(tables.layer_terms[device, -1] @ prompt))
    alternatives, parts = [], []
    for device in out[: MOST_EXPLAINED if search.effort.walks else 1]:
        name = _name(search, device)
        joined = search.with_device(best, device)
        alternatives.append(_alternative(search, f"With {name} as well", joined))
        if joined is None:
            parts.append((name, _why_impossible(search, best, device)))
        else:
            parts.append((name, _cost_of_joining(search, best, joined)))
    sentence = "Leaving out " + "; leaving out ".join(
        f"{name}: {consequence}" for name, consequence in parts
    )
    rest = len(out) - len(parts)
    more = f"; {rest} slower machine{'s' if rest > 1 else ''} would not help either" if rest else ""
    return alternatives, f"{sentence}{more}."


def _cost_of_joining(search: Search, best: Candidate, joined: Candidate) -> str:
    before, after = search.judge.verdict(best), search.judge.verdict(joined)
    if search.judge.throughput:
        fewer = 3600 / before.period_seconds - 3600 / after.period_seconds
        if fewer * before.period_seconds / 3600 < NOTICEABLE:
            return "with it the documents are read no faster"
        return f"with it {fewer:,.1f} fewer documents are read per hour"
    later = after.answer_seconds - before.answer_seconds
    if later < NOTICEABLE * before.answer_seconds:
        return "with it the answer comes no sooner"
    return f"with it the answer comes {seconds_text(later)} later"


def _why_impossible(search: Search, best: Candidate, device: int) -> str:
    latency = search.tables.latency
    linked = any(
        latency[device, other] < float("inf") or latency[other, device] < float("inf")
        for other in best.order
    )
    if not linked:
        return "no working link joins it to the others"
    if search.tables.layer_count <= len(best.order):
        return "every layer has a machine already"
    return "it has no room for a layer"


def _together(search: Search, best: Candidate, alone: Candidate | None) -> str:
    count = len(best.order)
    if count == 1:
        only = len(search.tables.devices) == 1
        name = _name(search, best.order[0])
        return f"{name} is the only machine." if only else f"{name} alone is the fastest."
    if alone is None:
        return f"The model is spread over {count} machines: none has room for all of it."
    before, after = search.judge.verdict(alone), search.judge.verdict(best)
    sooner = before.answer_seconds - after.answer_seconds
    name = _name(search, alone.order[0])
    if search.judge.throughput:
        times = before.period_seconds / after.period_seconds
        return f"Together the {count} machines read {times:.1f} times as many as {name} alone."
    everyone = "both" if count == 2 else f"all {count}"
    return f"With {everyone} machines the answer comes {seconds_text(sooner)} sooner than " + (
        f"from {name} alone."
    )


def _width(search: Search, best: Candidate) -> str:
    if best.bits != 8:
        return ""
    wide = search.judge.verdict(best._replace(bits=16)).answer_seconds
    saved = wide - search.judge.verdict(best).answer_seconds
    return f"Sending 8-bit values over the links saves {seconds_text(saved)}."


def _equal(search: Search) -> Candidate | None:
    order, cuts = equal_layers(search.tables)
    if len(order) < 2 or not search.tables.connected(order) or search.fixed:
        return None
    return search.chunk_search.best(Candidate(order, cuts, (), 16), 0)


def _helpers(search: Search, best: Candidate, plan: Plan) -> tuple[list[Alternative], str]:
    """Everyone reads, one device answers alone: it needs all weights and everyone's KV cache.

    The KV of a chunk would follow it over the link while the next is read; what is left at the end
    is the last chunk's share, or all that the link could not carry in time. Judged, but not
    offered: the engines cannot hand a session over.
    """
    tables, judge = search.tables, search.judge
    output = tables.output_tokens
    able = [found for d in range(len(tables.devices)) if (found := search.alone(d)) is not None]
    if not output or not able or len(tables.devices) < 2 or judge.throughput:
        return [], ""
    keeper = min(able, key=lambda each: judge.verdict(each).tpot_seconds).order[0]
    reading = best if len(best.order) > 1 else _best_reading(search)
    if reading is None or keeper not in reading.order:
        return [], ""
    verdict = judge.verdict(reading)
    late = 0.0
    for place, device in enumerate(reading.order):
        if device == keeper:
            continue
        layers = tables.problem.model.layers[reading.cuts[place] : reading.cuts[place + 1]]
        kept = sum(
            layer.kv_bytes_per_token
            * min(tables.tokens, layer.window_tokens or tables.tokens)
            * tables.sequences
            for layer in layers
        )
        carrying = kept * float(tables.seconds_per_byte[device, keeper])
        last = carrying * reading.chunks[-1] / tables.tokens
        late = max(late, last, carrying - verdict.ttft_seconds)
    ttft = verdict.ttft_seconds + late
    answer = ttft + output * judge.verdict(_only(able, keeper)).tpot_seconds
    keeper_name = _name(search, keeper)
    name = f"All read, {keeper_name} answers (not yet possible)"
    weighed = [Alternative(name=name, ttft_seconds=ttft, answer_seconds=answer)]
    if answer > 0.95 * plan.prediction.answer_seconds:
        return weighed, ""
    return weighed, (
        f"Reading together and answering on {keeper_name} alone would take "
        f"{seconds_text(answer)}, but what was read cannot be handed over yet."
    )


def _best_reading(search: Search) -> Candidate | None:
    """The best plan for the first word alone."""
    problem = msgspec.structs.replace(search.tables.problem, output_tokens=0)
    found = type(search)(type(search.judge)(type(search.tables)(problem)), QUICK).best()
    return found if found is not None and len(found.order) > 1 else None


def _only(candidates: list[Candidate], device: int) -> Candidate:
    return next(each for each in candidates if each.order == (device,))


def _name(search: Search, device: int) -> str:
    return display_names(search.tables.devices)[device]


def seconds_text(seconds: float) -> str:
    """ "0.8 s", "12 s", "3 min"."""
    if seconds >= 600:
        return f"{seconds / 60:,.0f} min"
    if seconds >= 10:
        return f"{seconds:.0f} s"
    return f"{seconds:.1f} s" if seconds >= 0.1 else f"{1000 * seconds:.0f} ms"
