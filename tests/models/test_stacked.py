"""The stacked engine: a result is independent of its company, bit for bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models import fit
from models.activations import ACTIVATIONS, CLASSIC
from models.fitters import backpropagation, keras_fit, packing, padding, plan, program, stacked
from models.optimizers import OPTIMIZERS
from tests.models.tasks import all_fits, make_task


def test_sigmoid_is_keras_own_at_every_height():
    """One unit that passes its sum on, at sums from where float32 ends to where it ends again."""
    import keras
    import tensorflow as tf

    z_B = np.concatenate([np.linspace(-120, 120, 481), [-1e30, 1e30, -np.inf, np.inf]])
    task = make_task({"depth": 1, "width": 1, "activation": "sigmoid"}, features=1)
    shape = plan.member_shape(task)._replace(members=2)
    inputs = padding.inputs(shape, [plan.Member(task, 0, 0)] * 2, 0, 1)
    inputs = tf.nest.map_structure(tf.convert_to_tensor, inputs)
    weights = padding.first_state(shape, [plan.Member(task, 0, 0)] * 2).weights
    kernel, _, out_kernel, _ = packing.views(shape, weights.outer_MxP[0])
    kernel[0, 0] = out_kernel[0] = 1
    x_MxBxF = tf.constant(np.broadcast_to(z_B[:, None], (2, len(z_B), 1)), tf.float32)
    program.set_xla_flags()  # XLA reads them once
    _, out_MxBxW, _ = tf.function(backpropagation.forward_pass, jit_compile=True)(
        shape, inputs, weights, x_MxBxF
    )
    expected_B = keras.activations.sigmoid(tf.constant(z_B, tf.float32))
    # 2e-38 is about where float32's numbers end; what is smaller is flushed to zero by either.
    np.testing.assert_allclose(out_MxBxW[0, :, 0], expected_B, rtol=1e-6, atol=2e-38)


def member(number):
    return make_task(
        {
            "depth": 2,
            "width": (3 + number % 5, 8 - number % 3),
            "activation": CLASSIC[number % 4],
        },
        rows=100,
        validation=20,
        epochs=12,
        seed=number,
        data_seed=number % 3,
        learning_rate=0.01 * (1 + number % 2),
        normalize_target=number % 3 == 0,
    )


def test_a_result_does_not_depend_on_its_company_bit_for_bit(monkeypatch):
    """Other members, another position, other workers, other sizes of call: the same bits."""
    alone = {number: all_fits(stacked, [member(number)])[0] for number in (0, 1)}
    for company, size, cores in ((5, 5, 2), (8, 3, 1), (17, 17, 2), (33, 33, 1), (64, 64, 2)):
        monkeypatch.setattr(plan, "members_in_call", lambda shape, counts, size=size: size)
        monkeypatch.setattr(stacked.os, "cpu_count", lambda cores=cores: cores)
        indices = np.random.default_rng(company).permutation(company)
        fits = all_fits(stacked, [member(int(number)) for number in indices])
        for number, before in alone.items():
            now = fits[list(indices).index(number)]
            np.testing.assert_array_equal(now.prediction_RxN, before.prediction_RxN)
            np.testing.assert_equal(now.history, before.history)
            np.testing.assert_equal(now.weights, before.weights)
            np.testing.assert_equal(now.snapshots, before.snapshots)


@pytest.mark.parametrize(("width", "size"), [(16, 64), (64, 17), (100, 9), (200, 5)])
def test_the_size_of_a_call_moves_no_bit_of_wide_networks(width, size, monkeypatch):
    """XLA would hand sums of some 30,000 numbers and more to a library that rounds otherwise."""
    spec = {"depth": 2, "width": width, "activation": "tanh"}
    task = make_task(spec, rows=60, validation=10, epochs=3, batch_size=40)
    few, many = (_fit_in_calls_of(members, task, monkeypatch) for members in (2, size))
    np.testing.assert_equal(many.weights, few.weights)
    np.testing.assert_equal(many.history, few.history)
    np.testing.assert_array_equal(many.prediction_RxN, few.prediction_RxN)


def _fit_in_calls_of(members, task, monkeypatch):
    monkeypatch.setattr(plan, "members_in_call", lambda shape, counts: members)
    return all_fits(stacked, [task])[0]


def test_the_padded_shape_follows_from_the_task_alone():
    task = member(0)
    assert plan.member_shape(task) == plan.member_shape(member(4))
    assert plan.member_shape(task).width == 8
    assert plan.member_shape(make_task({"width": 9})).width == 16


def test_masked_units_stay_zero():
    import tensorflow as tf

    task = member(0)
    shape = plan.member_shape(task)._replace(members=2)
    one = plan.Member(task, 0, 0)
    inputs = padding.inputs(shape, [one, one], 0, task.epochs)
    outputs = program.compiled(shape)(inputs, padding.first_state(shape, [one, one]))
    weights = tf.nest.map_structure(lambda tensor: tensor.numpy(), outputs.state.weights)
    kernel, *_ = packing.views(shape, weights.outer_MxP[0])
    assert (kernel[:, 3:] == 0).all()
    assert (kernel[:, :3] != 0).any()
    layer, *room = weights.kernels_HxMxWxW[:, 0]
    assert (layer[:3, :8] != 0).any()
    assert (layer[3:] == 0).all()
    assert room
    assert all((layer == 0).all() for layer in room)  # of layers that the members have not


def test_one_program_serves_every_depth_to_the_same_bits():
    """Beside deeper and shallower networks, and alone: the same program, the same numbers."""
    depths = [make_task({"depth": depth, "width": 6}, rows=60, epochs=8) for depth in range(1, 6)]
    shapes = [plan.member_shape(task) for task in depths]
    assert len(set(shapes[:4])) == 1
    assert shapes[4].layers == 8
    alone = [all_fits(stacked, [task])[0] for task in depths]
    for one, among in zip(alone, all_fits(stacked, depths), strict=True):
        np.testing.assert_equal(among.weights, one.weights)
        np.testing.assert_array_equal(among.prediction_RxN, one.prediction_RxN)


def test_wide_layers_have_no_room_for_layers_that_are_not_there():
    assert plan.member_shape(make_task({"depth": 1, "width": 300})).layers == 1


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradients_are_finite_differences(activation):
    """Central differences of the very loss; float32 leaves them two digits."""
    import tensorflow as tf

    task = make_task({"depth": 2, "width": (3, 2), "activation": activation}, rows=12, validation=0)
    shape = plan.member_shape(task)._replace(members=2)
    one = plan.Member(task, 0, 0)
    inputs = padding.inputs(shape, [one, one], 0, 1)
    inputs = tf.nest.map_structure(tf.convert_to_tensor, inputs)
    weights = padding.first_state(shape, [one, one]).weights
    # At bias 0 a dead unit stands on relu's kink.
    mask_LxMxW = inputs.unit_mask_LxMxW.numpy()
    for m in (0, 1):
        packing.views(shape, weights.outer_MxP[m])[1][:] = 0.3 * mask_LxMxW[0, m]
        weights.biases_HxMxW[0, m] = 0.3 * mask_LxMxW[1, m]
    batch = backpropagation.Batch(
        tf.convert_to_tensor(inputs.x_MxRxF[:, :12]),
        tf.convert_to_tensor(inputs.y_MxR[:, :12]),
        tf.ones([2, 12]),
    )
    room = backpropagation.room(shape, 12)

    def gradient(weights):
        return backpropagation.gradient(shape, inputs, weights, batch, room)

    def loss(weights):
        _, _, (squares_M,) = gradient(weights)
        return float(squares_M[0]) / 12

    slopes, _, _ = gradient(weights)
    rng = np.random.default_rng(0)
    for begin, end, axes in packing.places(shape):
        direction = rng.normal(size=end - begin).astype(np.float32)
        if len(axes) == 1 and end < weights.outer_MxP.shape[1] - 1 and begin:  # the first bias
            direction *= mask_LxMxW[0, 0]
        else:
            direction *= (np.abs(weights.outer_MxP[0, begin:end]) > 0) | (axes == ())
        whole = np.zeros_like(weights.outer_MxP)
        whole[:, begin:end] = direction
        check_slope(loss, weights, slopes.outer_MxP[0], "outer_MxP", whole)
    kernel = rng.normal(size=weights.kernels_HxMxWxW.shape).astype(np.float32)
    kernel *= np.abs(weights.kernels_HxMxWxW) > 0
    check_slope(loss, weights, slopes.kernels_HxMxWxW[0, 0], "kernels_HxMxWxW", kernel)
    bias = rng.normal(size=weights.biases_HxMxW.shape).astype(np.float32)
    bias[0] *= mask_LxMxW[1]
    bias[1:] = 0
    check_slope(loss, weights, slopes.biases_HxMxW[0, 0], "biases_HxMxW", bias)


def check_slope(loss, weights, slope, name, direction):
    """The slope of the first member along a direction, and the loss a step to either side."""
    step = 2e-3
    before = getattr(weights, name)
    up, down = (
        loss(weights._replace(**{name: before + sign * step * direction})) for sign in (1, -1)
    )
    first = direction[0] if name == "outer_MxP" else direction[0, 0]
    assert np.abs(first).any()
    exact = float((slope.numpy() * first).sum())
    assert exact == pytest.approx((up - down) / (2 * step), rel=0.02, abs=0.05)


def test_a_diverging_member_is_frozen_and_its_neighbours_are_untouched():
    wild = make_task({"activation": "relu"}, optimizer="sgd", learning_rate=1e5, epochs=50)
    calm = replace(wild, training=replace(wild.training, learning_rate=1e-4))
    alone = all_fits(stacked, [calm])[0]
    fits = all_fits(stacked, [wild, calm, wild])
    np.testing.assert_array_equal(fits[1].prediction_RxN, alone.prediction_RxN)
    assert fits[1].diverged_at == (None,)
    reference = all_fits(keras_fit, [wild])[0]
    for diverged in (fits[0], fits[2]):
        assert diverged.diverged_at == reference.diverged_at
        assert len(diverged.history[0]["loss"]) == diverged.diverged_at[0]
        np.testing.assert_array_equal(diverged.snapshot_epochs[0], reference.snapshot_epochs[0])


def test_a_standardised_target_is_the_same_training_in_other_units():
    """Training on (y - mean) / std oneself: the same bits, then put back into units."""
    task = make_task(epochs=12, repeats=2, normalize_target=True)
    y_T = task.y_N[task.train_T]
    offset, scale = y_T.mean(), y_T.std()
    by_hand = replace(
        task,
        y_N=(task.y_N - offset) / scale,
        training=replace(task.training, normalize_target=False),
    )
    ours, theirs = all_fits(stacked, [task, by_hand])
    np.testing.assert_equal(ours.weights, theirs.weights)
    np.testing.assert_allclose(
        ours.prediction_RxN, theirs.prediction_RxN * scale + offset, rtol=1e-12
    )
    for mine, other in zip(ours.history, theirs.history, strict=True):
        for name, curve in other.items():
            np.testing.assert_allclose(mine[name], curve * scale**2, rtol=1e-12)


def test_a_long_schedule_goes_on_where_it_was(monkeypatch):
    task = make_task(epochs=23, repeats=2)
    whole = all_fits(stacked, [task])[0]
    told = []
    monkeypatch.setattr(plan, "CALL_EPOCHS", 10)
    parts = all_fits(stacked, [task], told.append)[0]
    np.testing.assert_equal(parts.history, whole.history)
    np.testing.assert_equal(parts.snapshots, whole.snapshots)
    np.testing.assert_array_equal(parts.prediction_RxN, whole.prediction_RxN)
    assert sum(told) == 46


def test_a_task_whose_weights_cannot_be_made_fails_alone(monkeypatch):
    """Programs are traced before the calls begin; what is wrong with one is told by its own."""
    good, bad = make_task({"width": 5}, repeats=3), make_task({"width": 50}, repeats=3)
    first = padding.first_state

    def breaking(shape, members):
        if shape.width == 64:
            raise MemoryError("no room")
        return first(shape, members)

    monkeypatch.setattr(padding, "first_state", breaking)
    fits = all_fits(stacked, [bad, good])
    assert str(fits[0]) == "no room"
    assert len(fits[1].history) == 3


def test_a_failing_call_fails_its_own_tasks_alone(monkeypatch):
    """Fits are yielded as they are done; the exception of a call stands for each of its tasks."""
    good, bad = make_task({"depth": 2}, repeats=3), make_task({"depth": 3}, repeats=3)
    call = stacked._call

    def breaking(shape, members, *rest):
        if len(members[0].task.model.layers) == 3:
            raise MemoryError("no room")
        return call(shape, members, *rest)

    monkeypatch.setattr(stacked, "_call", breaking)
    fits = all_fits(stacked, [bad, good, bad])
    assert [str(fitted) for fitted in (fits[0], fits[2])] == ["no room", "no room"]
    np.testing.assert_array_equal(
        fits[1].prediction_RxN, all_fits(stacked, [good])[0].prediction_RxN
    )
    with pytest.raises(MemoryError, match="no room"):
        fit([replace(bad, training=replace(bad.training, engine="stacked"))])


def test_an_interrupt_while_calls_are_submitted_ends_those_that_run(monkeypatch):
    """Ctrl-C in the first moment: nobody else would tell the threads, and they train to the end."""
    stops, submit = [], stacked.ThreadPoolExecutor.submit

    def interrupted(pool, call, *arguments):
        stops.append(arguments[-1])
        if len(stops) == 2:
            raise KeyboardInterrupt
        return submit(pool, arguments[-1].wait, 60)

    monkeypatch.setattr(stacked.ThreadPoolExecutor, "submit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        all_fits(stacked, [make_task({"depth": depth}) for depth in (1, 2)])
    assert stops[0].is_set()


def test_large_datasets_take_fewer_epochs_a_call():
    task = make_task(rows=300_000, validation=0, epochs=500)
    shape = plan.member_shape(task)
    assert plan.epochs_per_call(task) == shape.epochs == 32
    assert 2 * 4 * shape.epochs * shape.steps * shape.batch <= plan.CALL_BYTES
    assert plan.epochs_per_call(make_task()) == plan.CALL_EPOCHS


def test_linear_networks_end_at_least_squares():
    from models.kinds.least_squares import solve

    tasks = [
        make_task(
            {"depth": depth, "activation": "linear"},
            engine="stacked",
            optimizer=optimizer,
            learning_rate=0.1,
            epochs=300,
            batch_size=64,
        )
        for depth, optimizer in ((0, "sgd"), (2, "adam"))
    ]
    for task, fitted in zip(tasks, fit(tasks), strict=True):
        coefficients_F, intercept = solve(task.x_NxF[task.train_T], task.y_N[task.train_T])
        expected_N = task.x_NxF @ coefficients_F + intercept
        np.testing.assert_allclose(fitted.prediction_RxN[0], expected_N, atol=1e-3)


def test_what_cannot_be_stacked_is_trained_by_the_reference_engine(monkeypatch):
    from models import engine, fallback

    task = make_task(engine="stacked")
    assert (engine(task), fallback(task)) == ("stacked", "")
    monkeypatch.setitem(OPTIMIZERS, "adam", OPTIMIZERS["adam"]._replace(step=None))
    assert engine(task) == "keras"
    assert "optimizer adam" in fallback(task)
    np.testing.assert_array_equal(
        fit([task])[0].prediction_RxN, all_fits(keras_fit, [task])[0].prediction_RxN
    )
