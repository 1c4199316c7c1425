"""Small protocols from the literature, modelled anew, with the verdicts that follow from the definitions.

Verdicts are by honest history, "y" or "n", for weak immunity, weaker immunity, collusion resilience and practicality.
"""

from gametheory.protocols import branch, leaf, protocol_tree


def market_entry():
    """Entry deterrence with the incumbent's monopoly profit p², as used by Rain et al. for nonlinear utilities."""
    return protocol_tree(
        branch(
            "N",
            {
                "o": leaf({"N": 0, "E": "p*p"}),
                "e": branch("E", {"i": leaf({"N": "p", "E": "p"}), "s": leaf({"N": "-a", "E": "-a"})}),
            },
        ),
        players=["N", "E"],
        constants=["a", "p"],
        constraints=["a > 0", "p > 0"],
        honest=[["o"], ["e", "i"], ["e", "s"]],
    )


def running_example():
    return protocol_tree(
        branch(
            "A",
            {
                "l": leaf({"A": "a - 1", "B": "a"}),
                "r": branch("B", {"l": leaf({"A": "a - 2", "B": "b"}), "r": leaf({"A": "b", "B": "a"})}),
            },
        ),
        players=["A", "B"],
        constants=["a", "b"],
        constraints=["a > 0"],
        honest=[["r", "l"]],
    )


def splits_on_resilience():
    """Not resilient by one action alone: which threat works depends on which of j, f is the small one."""
    return protocol_tree(
        branch(
            "A",
            {
                "n": leaf({"A": "t", "C": 0}),
                "a": branch("C", {"o": leaf({"A": "j", "C": 0}), "d": leaf({"A": "f", "C": 0})}),
            },
        ),
        players=["A", "C"],
        constants=["t", "j", "f"],
        constraints=["t > 0", "j > t | f > t", "j < t | f < t"],
        honest=[["n"], ["a", "o"], ["a", "d"]],
    )


def splits_on_immunity():
    """What protects G depends on the sign of b."""
    return protocol_tree(
        branch(
            "D",
            {
                "q": leaf({"D": "a", "G": "a"}),
                "l": branch("G", {"r": leaf({"D": "a", "G": "b"}), "y": leaf({"D": "a", "G": "-b"})}),
            },
        ),
        players=["D", "G"],
        constants=["a", "b"],
        constraints=["a > 0"],
        honest=[["q"], ["l", "r"], ["l", "y"]],
    )


def closing_simplified(*, practical_assumption=True):
    """Closing a payment channel: alone (H), together (C, then S), or with an old state (D), which B may punish (P)."""
    extra = {"weak immunity": ["a >= f"], "weaker immunity": ["a >= f"]}
    return protocol_tree(
        branch(
            "A",
            {
                "H": leaf({"A": "alpha - epsilon", "B": "alpha"}),
                "C": branch("B", {"I": leaf({"A": "-a", "B": "-b"}), "S": leaf({"A": "alpha", "B": "alpha"})}),
                "D": branch(
                    "B",
                    {
                        "I": leaf({"A": "d + alpha - epsilon", "B": "alpha - d"}),
                        "P": leaf({"A": "-a", "B": "a - f + alpha"}),
                    },
                ),
            },
        ),
        players=["A", "B"],
        constants=["a", "b", "f", "d"],
        infinitesimals=["alpha", "epsilon"],
        constraints=["alpha > epsilon", "epsilon > 0", "a > 0", "b > 0", "f > 0", "d > 0", "b >= d"],
        property_constraints=extra | ({"practicality": ["a >= f"]} if practical_assumption else {}),
        honest=[["H"], ["C", "S"]],
    )


def closing_pruned():
    """The same, in part: after an offer to close together, B may publish an old state, which A may punish."""
    return protocol_tree(
        branch(
            "A",
            {
                "H": leaf({"A": "alpha - epsilon", "B": "alpha"}),
                "C": branch(
                    "B",
                    {
                        "S": leaf({"A": "alpha", "B": "alpha"}),
                        "D": branch(
                            "A",
                            {
                                "P": leaf({"A": "b - f + alpha", "B": "-b"}),
                                "I": leaf({"A": "alpha - dB", "B": "dB + alpha - epsilon"}),
                            },
                        ),
                        "H": leaf({"A": "alpha", "B": "alpha - epsilon"}),
                    },
                ),
            },
        ),
        players=["A", "B"],
        constants=["a", "b", "c", "f", "dA", "dB", "pA", "pB"],
        infinitesimals=["alpha", "epsilon"],
        constraints=["alpha > 0", "epsilon > 0", "f > 0", "dB > 0", "pA > 0", "b >= pA"],
        property_constraints={
            "weak immunity": ["a >= f", "b >= f"],
            "weaker immunity": ["a >= f", "b >= f"],
            "collusion resilience": ["a - pB + dA >= f", "b - pA + dB >= f"],
            "practicality": ["b - pA + dB >= f", "c != pA"],
        },
        honest=[["H"]],
    )


def routing_simplified():
    """A payment m from A by E1, I, E2 to B, each earning a fee f: locks one way, unlocking the other way.

    The wormhole: E2 hands the secret to E1 past I, and together they keep I's fee.
    """
    names = ("A", "E1", "I", "E2", "B")

    def paid(*utilities):
        return leaf(dict(zip(names, utilities, strict=True)))

    rich = "rho + m + 3*f - epsilon"
    last = branch("E1", {"no": paid(rich, "-m - 2*f", "f", "f", "rho"), "U": paid("rho", "f", "f", "f", "rho")})
    third = branch("I", {"no": paid(rich, "-epsilon", "-m - f", "f", "rho"), "U": last})
    wormhole = branch(
        "E1",
        {
            "no": paid(rich, "-epsilon", "-epsilon", "-m", "rho"),
            "U": paid("rho", "m + 3*f - epsilon", "-epsilon", "-m", "rho"),
        },
    )
    small = ["-epsilon"] * 4
    node = branch("B", {"no": paid(*small, 0), "U": branch("E2", {"U": third, "share": wormhole})})
    for player in ("E2", "I", "E1", "A"):
        node = branch(player, {"L": node})
    return protocol_tree(
        branch("B", {"hash": node}),
        players=names,
        constants=["m", "f"],
        infinitesimals=["rho", "epsilon"],
        constraints=["epsilon > 0", "rho > 0", "m > 0", "f > 0"],
        honest=[["hash", "L", "L", "L", "L", "U", "U", "U", "U"]],
    )


def centipede(num_moves=6):
    """Rosenthal's game: who goes on gives up ``loss`` now and the other gains ``gain`` > ``loss``; who stops ends it."""
    players = ("A", "B")
    node = leaf(dict.fromkeys(players, f"{num_moves // 2}*gain - {num_moves // 2}*loss"))
    for move in reversed(range(num_moves)):
        mover = move % 2
        given = {players[0]: (move + 1) // 2, players[1]: move // 2}  # how often each has gone on
        stops = leaf({p: f"{given[players[1 - i]]}*gain - {given[p]}*loss" for i, p in enumerate(players)})
        node = branch(players[mover], {"stop": stops, "go": node})
    return protocol_tree(
        node,
        players=players,
        constants=["gain", "loss"],
        constraints=["loss > 0", "gain > loss"],
        honest=[["stop"], ["go"] * num_moves],
    )


def auction():
    """A seller S sets a price r above her value 0; B1 and B2, of values v and w, buy or pass in turn."""
    nothing = leaf({"S": 0, "B1": 0, "B2": 0})
    second = branch("B2", {"buy": leaf({"S": "r", "B1": 0, "B2": "w - r"}), "pass": nothing})
    first = branch("B1", {"buy": leaf({"S": "r", "B1": "v - r", "B2": 0}), "pass": second})
    return protocol_tree(
        branch("S", {"open": first, "close": nothing}),
        players=["S", "B1", "B2"],
        constants=["r", "v", "w"],
        constraints=["r > 0", "v > r", "w > r"],
        honest=[["open", "buy"], ["open", "pass", "buy"], ["close"]],
    )


def pirates():
    """Three pirates and g coins: A proposes to give C one; B and C vote; a lost vote drowns A (−d), then B takes all."""

    def done(a, b, c):
        return leaf({"A": a, "B": b, "C": c})

    drowned = done("-d", "g", 0)
    vote_c = branch("C", {"y": done("g - 1", 0, 1), "n": drowned})
    agreed = branch("C", {"y": done("g - 1", 0, 1), "n": done("g - 1", 0, 1)})
    return protocol_tree(
        branch("B", {"y": agreed, "n": vote_c}),
        players=["A", "B", "C"],
        constants=["g", "d"],
        constraints=["g > 1", "d > 0"],
        honest=[["n", "y"], ["y", "y"]],
    )


GAMES = {
    "market entry": (market_entry, ("ynn", "ynn", "yyn", "nyn")),
    "running example": (running_example, ("n", "n", "n", "n")),
    "splits on resilience": (splits_on_resilience, ("ynn", "ynn", "ynn", "ynn")),
    "splits on immunity": (splits_on_immunity, ("ynn", "ynn", "ynn", "ynn")),
    "closing, simplified": (closing_simplified, ("yn", "yn", "yy", "ny")),
    "closing, without a ≥ f": (lambda: closing_simplified(practical_assumption=False), ("yn", "yn", "yy", "nn")),
    "closing, pruned": (closing_pruned, ("n", "y", "n", "n")),
    "routing, simplified": (routing_simplified, ("n", "y", "n", "y")),
    "centipede": (centipede, ("yn", "yn", "yn", "yn")),
    "auction": (auction, ("yyy", "yyy", "nnn", "ynn")),
    "pirates": (pirates, ("nn", "nn", "nn", "yy")),
}
