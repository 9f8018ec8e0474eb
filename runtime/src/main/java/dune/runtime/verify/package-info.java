/// Verification: whether a model gives the numbers of a reference, which is how an author proves a
/// port.
///
/// In: a {@link dune.runtime.model.TorchModel} and a file of golden tensors. Out: {@link
/// dune.runtime.verify.Findings}.
package dune.runtime.verify;
