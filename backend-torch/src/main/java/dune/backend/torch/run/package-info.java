/// What a program needs of a tensor runtime: load an archive, bind its weights, call its methods,
/// read tensors.
///
/// Interfaces and values only. {@code dune.backend.torch.libtorch} implements them; nothing here
/// knows a native library. Whoever holds an object closes it: no object here waits for the garbage
/// collector.
package dune.backend.torch.run;
