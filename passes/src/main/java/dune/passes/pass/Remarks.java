package dune.passes.pass;

import java.util.ArrayList;
import java.util.List;

/// Collects what passes remark.
public final class Remarks implements Observer {
  private final List<Remark> remarks = new ArrayList<>();

  @Override
  public void remarked(Remark remark) {
    remarks.add(remark);
  }

  public List<Remark> all() {
    return List.copyOf(remarks);
  }
}
