package dune.weights.pickle;

import java.util.Optional;

/// The instructions that PyTorch's writers use, of pickle protocols 2 to 4. Those that make
/// instances of classes in other ways, or reach into extension registries, are not among them.
enum Opcode {
  MARK('('),
  STOP('.'),
  POP('0'),
  POP_MARK('1'),
  BINFLOAT('G'),
  BININT('J'),
  BININT1('K'),
  BININT2('M'),
  NONE('N'),
  BINPERSID('Q'),
  REDUCE('R'),
  BINSTRING('T'),
  SHORT_BINSTRING('U'),
  BINUNICODE('X'),
  EMPTY_LIST(']'),
  APPEND('a'),
  BUILD('b'),
  GLOBAL('c'),
  APPENDS('e'),
  BINGET('h'),
  LONG_BINGET('j'),
  BINPUT('q'),
  LONG_BINPUT('r'),
  SETITEM('s'),
  TUPLE('t'),
  EMPTY_TUPLE(')'),
  SETITEMS('u'),
  EMPTY_DICT('}'),
  BINBYTES('B'),
  SHORT_BINBYTES('C'),
  PROTO(0x80),
  NEWOBJ(0x81),
  TUPLE1(0x85),
  TUPLE2(0x86),
  TUPLE3(0x87),
  NEWTRUE(0x88),
  NEWFALSE(0x89),
  LONG1(0x8a),
  SHORT_BINUNICODE(0x8c),
  EMPTY_SET(0x8f),
  ADDITEMS(0x90),
  FROZENSET(0x91),
  STACK_GLOBAL(0x93),
  MEMOIZE(0x94),
  FRAME(0x95);

  private static final Opcode[] BY_CODE = new Opcode[256];

  static {
    for (Opcode opcode : values()) BY_CODE[opcode.code] = opcode;
  }

  private final int code;

  Opcode(int code) {
    this.code = code;
  }

  static Optional<Opcode> of(int code) {
    return Optional.ofNullable(BY_CODE[code]);
  }
}
