/// {@code dune.backend.torch.run} on libtorch, through Bytedeco's bindings. The only package that
/// touches them.
///
/// Every native object is closed by whoever made it; JavaCPP's garbage collection of native memory
/// is switched off, which halves the cost of a call and frees caches when they die instead of some
/// time later.
package dune.backend.torch.libtorch;
