package dune.runtime.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dune.backend.torch.run.DeviceRequest;
import dune.frontend.diagnostic.Diagnostics;
import dune.ir.Elem;
import dune.passes.Optimization;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.ModelFile;
import dune.runtime.model.ModelLoader;
import dune.runtime.model.TorchModel;
import dune.weights.checkpoint.Checkpoint;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A checkpoint in bf16, computed in f32 and in bf16, against what Hugging Face's implementation
/// gives.
///
/// `loaded_f32` and `loaded_bf16` hold what a user of transformers gets: the checkpoint loaded with
/// that type, plain attention. `golden` was made from a module that was converted to bf16 as a
/// whole (`logits`) and then back to f32 (`logits_f32`), which rounds the frequencies of the rotary
/// positions as well: `mistral_rounded.dune` does the same.
///
/// What is not fused rounds step by step, as plain attention does. The attention kernel that fusing
/// calls keeps scores in f32, and differs from plain attention as the reference's own variants do.
@Tag("torch")
final class ElementTypesTest {
  private static final Path RESOURCES = Path.of("src/test/resources");
  private static final Path FOLDER = RESOURCES.resolve("golden/mistral_bf16");

  private final Checkpoint checkpoint = Checkpoint.open(FOLDER);
  private final ModelFile mistral = ModelFile.forArchitecture(checkpoint.architecture(), FOLDER);
  private final ModelFile rounded =
      ModelFile.read(RESOURCES.resolve("dune/mistral_rounded.dune"), new Diagnostics())
          .orElseThrow();

  @Test
  void agreesInF32() {
    Findings findings = verify(mistral, Elem.F32, golden("loaded_f32.safetensors", "logits"), 1e-4);
    assertThat(findings.agrees()).isTrue();
  }

  @Test
  void roundsInBf16WhereTheReferenceRounds() {
    Findings findings =
        verify(
            mistral,
            CompileOptions.DEFAULTS.withElem(Elem.BF16).withOptimization(Optimization.O1),
            golden("loaded_bf16.safetensors", "logits"),
            1e-2);
    // Equal to the bit where libtorch multiplies with the same kernels; texts need that.
    assertThat(findings.logits()).hasSize(2).allMatch(one -> one.relative() < 1e-2);
  }

  @Test
  void agreesInF32WithFrequenciesRoundedToBf16() {
    Findings findings = verify(rounded, Elem.F32, golden("golden.safetensors", "logits_f32"), 1e-4);
    assertThat(findings.agrees()).isTrue();
  }

  @Test
  void isAsNearInBf16AsTheReferencesOwnAttentionVariants() {
    Findings findings = verify(mistral, Elem.BF16, golden("golden.safetensors", "logits"), 5e-2);
    assertThat(findings.logits()).hasSize(2).allMatch(one -> one.relative() < 5e-2);
  }

  private static Golden golden(String file, String logits) {
    return Golden.read(FOLDER.resolve(file), logits);
  }

  private Findings verify(ModelFile file, Elem type, Golden golden, double tolerance) {
    return verify(file, CompileOptions.DEFAULTS.withElem(type), golden, tolerance);
  }

  private Findings verify(ModelFile file, CompileOptions options, Golden golden, double tolerance) {
    Compilation compilation = ModelCompiler.compile(file, checkpoint, options.withChunk(4));
    assertThat(compilation).isInstanceOf(Compilation.Done.class);
    try (var model =
        ModelLoader.load(
            ((Compilation.Done) compilation).compiled(),
            checkpoint,
            DeviceRequest.CPU,
            TorchModel.Mode.CACHED)) {
      return new Verification(golden, tolerance).run(model);
    }
  }
}
