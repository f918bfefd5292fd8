"""Short rows of a table as one vector register, for numba's kernels.

LLVM does not see that eight neighbouring floats of a table may be added to eight others in one instruction, as it
cannot know that the two do not overlap. A row is so many floats from an index on in a contiguous float32 array of one
dimension; indices are not checked.
"""

# mypy: ignore-errors
# Types here are numba's and LLVM's, which have no stubs.
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

_FAST = ("fast",)
_FLOAT = ir.FloatType()


def _pointer(context: Any, builder: Any, kind: Any, array: Any, index: Any, width: int) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), ir.VectorType(_FLOAT, width).as_pointer())


def _load(builder: Any, pointer: Any) -> Any:
    row = builder.load(pointer)
    row.align = 4
    return row


def _filled(builder: Any, value: Any, width: int) -> Any:
    one = builder.insert_element(
        ir.Constant(ir.VectorType(_FLOAT, width), ir.Undefined), value, ir.Constant(ir.IntType(32), 0)
    )
    return builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(ir.IntType(32), width), [0] * width))


def row_adder(width: int) -> Callable[..., None]:
    """`add(out, o, weight, table, i)`: the row of `out` at o gets `weight` times the row of `table` at i on top."""

    @intrinsic
    def add(typing: Any, out: Any, o: Any, weight: Any, table: Any, i: Any) -> Any:  # noqa: ARG001
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            to = _pointer(context, builder, signature.args[0], values[0], values[1], width)
            row = _load(builder, _pointer(context, builder, signature.args[3], values[3], values[4], width))
            product = builder.fmul(row, _filled(builder, values[2], width), flags=_FAST)
            builder.store(builder.fadd(_load(builder, to), product, flags=_FAST), to).align = 4
            return context.get_dummy_value()

        return types.void(out, types.intp, types.float32, table, types.intp), generate

    return add


def row_product(width: int) -> Callable[..., None]:
    """`multiply(out, o, one, i, other, j)`: the row of `out` at o is the product of two others, float by float."""

    @intrinsic
    def multiply(typing: Any, out: Any, o: Any, one: Any, i: Any, other: Any, j: Any) -> Any:  # noqa: ARG001
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            to, a, b = (
                _pointer(context, builder, signature.args[k], values[k], values[k + 1], width) for k in (0, 2, 4)
            )
            builder.store(builder.fmul(_load(builder, a), _load(builder, b), flags=_FAST), to).align = 4
            return context.get_dummy_value()

        return types.void(out, types.intp, one, types.intp, other, types.intp), generate

    return multiply


def row_dot(width: int) -> Callable[..., float]:
    """`dot(one, i, other, j)`: the sum of the products of two rows."""

    @intrinsic
    def dot(typing: Any, one: Any, i: Any, other: Any, j: Any) -> Any:  # noqa: ARG001
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            a, b = (_pointer(context, builder, signature.args[k], values[k], values[k + 1], width) for k in (0, 2))
            product = builder.fmul(_load(builder, a), _load(builder, b), flags=_FAST)
            return _summed(builder, product, width)

        return types.float32(one, types.intp, other, types.intp), generate

    return dot


def _summed(builder: Any, row: Any, width: int) -> Any:
    """Halves on top of each other until one float is left; the width is a power of two."""
    while width > 1:
        width //= 2
        low, high = (
            builder.shuffle_vector(
                row, row, ir.Constant(ir.VectorType(ir.IntType(32), width), list(range(k, k + width)))
            )
            for k in (0, width)
        )
        row = builder.fadd(low, high, flags=_FAST)
    return builder.extract_element(row, ir.Constant(ir.IntType(32), 0))
