/// The memory plan: which value of a function lies where, and until when.
///
/// In: a function after all passes, and numbers for its sizes. Out: a {@link
/// dune.passes.plan.MemoryPlan}: an offset in one arena for every {@link dune.passes.plan.Buffer}.
/// A {@link dune.passes.plan.Storage} tells which values own memory, and which are views; {@link
/// dune.passes.plan.Scratch} what an operation needs while it runs. {@link
/// dune.passes.plan.Schedule} is a pass that orders a function for a smaller arena. Imports the IR,
/// `pass` and the options of `time`.
package dune.passes.plan;
