package dune.backend.torch.libtorch;

import dune.backend.torch.run.Device;
import dune.backend.torch.run.Learner.Batch;
import dune.backend.torch.run.Learner.Part;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.JitModule;
import org.bytedeco.pytorch.Method;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.TupleElements;
import org.bytedeco.pytorch.global.torch;

/// One loss and its gradients, by methods that are called one after the other.
///
/// What goes from one to the next is a leaf of its own, so that the gradients of each method stop
/// where it begins. The last method runs once. All others run without gradients first, and on the
/// way back again, from the same state of chance; what they computed in between is gone as soon as
/// their gradients are there.
final class WayBack implements AutoCloseable {
  private final JitModule module;
  private final List<Part> parts;
  private final Device device;
  private final Generator generator;

  /// What methods take, by name.
  private final Map<String, Tensor> values = new LinkedHashMap<>();

  /// The state of chance before each method but the last.
  private final List<Tensor> chances = new ArrayList<>();

  WayBack(JitModule module, Device device, List<Part> parts) {
    this.module = module;
    this.device = device;
    this.parts = parts;
    try (var where = Convert.device(device)) {
      this.generator = torch.globalContext().defaultGenerator(where);
    }
  }

  /// @param share what the loss counts
  /// @return the loss alone, not shared
  double learn(Batch batch, double share) {
    long[] shape = {batch.rows(), batch.steps()};
    values.put("tokens", LibLearner.ints(batch.tokens(), shape, device));
    values.put("targets", LibLearner.ints(batch.targets(), shape, device));
    if (batch.documents().length > 0) {
      values.put("documents", LibLearner.ints(batch.documents(), shape, device));
    }
    List<Part> before = parts.subList(0, parts.size() - 1);
    before.forEach(this::ahead);
    double loss = last(share);
    if (before.isEmpty()) return loss;
    try (Tensor after = generator.get_state()) {
      for (Part part : before.reversed()) back(part);
      generator.set_state(after);
    }
    return loss;
  }

  private void ahead(Part part) {
    chances.add(generator.get_state());
    try (var _ = new AutoGradMode(false);
        IValue result = run(part)) {
      List<Tensor> outputs = tensors(result);
      for (int i = 0; i < outputs.size(); i++) {
        Tensor leaf = outputs.get(i).detach();
        if (leaf.is_floating_point()) leaf.set_requires_grad(true);
        values.put(part.outputs().get(i), leaf);
      }
    }
  }

  private double last(double share) {
    try (var _ = new AutoGradMode(true);
        IValue result = run(parts.getLast())) {
      List<Tensor> outputs = tensors(result);
      Tensor sum = new Tensor(outputs.getFirst());
      for (Tensor added : outputs.subList(1, outputs.size())) {
        try (Tensor before = sum) {
          sum = before.add(added);
        }
      }
      try (Tensor whole = sum) {
        backward(whole, share);
      }
      return LibLearner.number(outputs.getFirst());
    }
  }

  private static void backward(Tensor loss, double share) {
    if (share == 1) {
      loss.backward();
      return;
    }
    try (var factor = new Scalar(share);
        Tensor part = loss.mul(factor)) {
      part.backward();
    }
  }

  /// Runs a method again, and back from the gradients that its results have got.
  private void back(Part part) {
    var leaves = part.outputs().stream().map(values::remove).toList();
    try (var _ = new AutoGradMode(true);
        Tensor chance = chances.removeLast();
        var outputs = new TensorVector();
        var gradients = new TensorVector();
        var none = new TensorVector();
        var once = new BoolOptional(false)) {
      generator.set_state(chance);
      try (IValue result = run(part)) {
        List<Tensor> again = tensors(result);
        for (int i = 0; i < again.size(); i++) {
          // A leaf whose value nothing that learns has made, or that nothing needed, ends here.
          try (Tensor gradient = leaves.get(i).grad()) {
            if (!again.get(i).requires_grad() || !gradient.defined()) continue;
            outputs.push_back(again.get(i));
            gradients.push_back(gradient);
          }
        }
      }
      leaves.forEach(Tensor::close);
      if (!outputs.empty()) torch.backward(outputs, gradients, once, false, none);
    }
  }

  private IValue run(Part part) {
    List<IValue> given = part.inputs().stream().map(name -> new IValue(values.get(name))).toList();
    try (Method method = module.get_method(part.method());
        var arguments = new IValueVector(given.toArray(IValue[]::new))) {
      return method.apply(arguments);
    } finally {
      given.forEach(IValue::close);
    }
  }

  /// Owned by the result.
  private static List<Tensor> tensors(IValue result) {
    if (result.isTensor()) return List.of(result.toTensor());
    TupleElements all = result.toTupleRef().elements();
    var tensors = new ArrayList<Tensor>();
    for (long i = 0; i < all.size(); i++) tensors.add(all.get(i).toTensor());
    return tensors;
  }

  @Override
  public void close() {
    chances.forEach(Tensor::close);
    values.values().forEach(Tensor::close);
    generator.close();
  }
}
