package dune.ir.checkpoint;

import dune.ir.Origin;

/// Tensors that a file may hold and the model does not want: `ignore "*.rotary_emb.inv_freq"`.
///
/// @param glob a tensor name in which `*` stands for any text, dots included
public record Ignore(String glob, Origin origin) {

  public boolean covers(String name) {
    // Greedy matching with one point of return: after a later star, an earlier one never has to
    // grow.
    int at = 0;
    int glance = 0;
    int star = -1;
    int resume = 0;
    while (at < name.length()) {
      if (glance < glob.length() && glob.charAt(glance) == '*') {
        star = glance++;
        resume = at;
      } else if (glance < glob.length() && glob.charAt(glance) == name.charAt(at)) {
        glance++;
        at++;
      } else if (star >= 0) {
        glance = star + 1;
        at = ++resume;
      } else {
        return false;
      }
    }
    while (glance < glob.length() && glob.charAt(glance) == '*') glance++;
    return glance == glob.length();
  }
}
