// Whatever is asked of a ByteReader, what it gives lies in its bytes, and after a failure it gives
// nothing. The first half of the input are the questions, the second the bytes.
#include <cstdint>

#include "base/byte_reader.h"

namespace {

using face_privacy::ByteOrder;
using face_privacy::ByteReader;
using face_privacy::ByteView;

void check(bool holds) {
  if (!holds) __builtin_trap();
}

bool lies_in(ByteView part, ByteView whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void ask(ByteReader& reader, ByteReader& questions, ByteView bytes, int depth) {
  while (!questions.at_end()) {
    const bool was_ok = reader.ok();
    const std::size_t before = reader.position();
    switch (questions.u8() % 9) {
      case 0: check(reader.number(questions.u8() % 9) == 0 || was_ok); break;
      case 1: check(lies_in(reader.take(questions.u64()), bytes)); break;
      case 2: check(lies_in(reader.take(questions.u8()), bytes)); break;
      case 3: reader.seek(questions.u16()); break;
      case 4: check(lies_in(reader.take_at_most(questions.u32()), bytes) && reader.ok() == was_ok); break;
      case 5: check(reader.text(questions.u8()).empty() || was_ok); break;
      case 6: check(!reader.consume(questions.text(questions.u8() % 4)) || was_ok); break;
      case 7: reader.set_order(questions.u8() % 2 == 0 ? ByteOrder::kBig : ByteOrder::kLittle); break;
      default:
        if (depth < 8) {
          ByteReader inner = reader.nested(questions.u8());
          ask(inner, questions, bytes, depth + 1);
        }
    }
    check(reader.position() <= bytes.size() && (was_ok || !reader.ok()));
    check(was_ok || reader.position() == before);
    check(reader.ok() || reader.remaining() == 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader questions({data, size / 2});
  const ByteView bytes{data + size / 2, size - size / 2};
  ByteReader reader(bytes);
  ask(reader, questions, bytes, 0);
  return 0;
}
