package dune.runtime.model;

import dune.ir.Elem;
import dune.ir.cost.StepTraffic;
import dune.runtime.compile.Compiled;

/// What there is to say of a model beside its limits.
///
/// @param name of the model, as its file says
/// @param elem the float type that it computes in
/// @param bytesPerToken the weights that one token of a text takes through the processor, see
///   {@link StepTraffic}
public record Facts(String name, Elem elem, long bytesPerToken) {
  public static Facts of(Compiled compiled) {
    return new Facts(
        compiled.program().name(), compiled.elem(), StepTraffic.bytes(compiled.writing()));
  }
}
