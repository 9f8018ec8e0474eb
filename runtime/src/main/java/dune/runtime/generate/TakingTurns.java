package dune.runtime.generate;

import dune.runtime.generate.LanguageModel.Batch;
import dune.runtime.generate.LanguageModel.Sequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Sequences of a model that can have one at a time: whichever is not the one that runs is begun
/// anew with all its tokens.
final class TakingTurns implements Batch {
  private static final float[] NOTHING = {};

  private final LanguageModel model;
  private final List<int[]> rows = new ArrayList<>();
  private Sequence running;
  private int turn;

  TakingTurns(LanguageModel model, int rows) {
    this.model = model;
    this.running = model.begin();
    for (int row = 0; row < rows; row++) this.rows.add(new int[0]);
  }

  @Override
  public int length(int row) {
    return rows.get(row).length;
  }

  @Override
  public List<float[]> append(List<int[]> tokens) {
    var logits = new ArrayList<float[]>();
    for (int row = 0; row < rows.size(); row++) {
      int[] more = tokens.get(row);
      logits.add(more.length == 0 ? NOTHING : append(row, more));
    }
    return logits;
  }

  private float[] append(int row, int[] more) {
    int[] before = rows.get(row);
    int[] all = Arrays.copyOf(before, before.length + more.length);
    System.arraycopy(more, 0, all, before.length, more.length);
    rows.set(row, all);
    if (row != turn) {
      turn = row;
      running = model.begin();
      more = all;
    }
    float[] logits = running.append(more);
    // The next row's turn may overwrite them.
    return rows.size() == 1 ? logits : logits.clone();
  }
}
