// Items to DynamoDB JSON, straight from canonical bytes.
#include "region-node/item/canonical.h"
#include "region-node/item/canonical_cursor.h"
#include "region-node/item/dynamodb_json.h"
#include "region-node/item/json_sink.h"

namespace gtsim {
namespace {

class ItemPrinter {
 public:
  ItemPrinter(JsonSink& sink, std::string_view bytes) : sink_(sink), cursor_(bytes) {}

  void members() {
    sink_.character('{');
    const std::uint64_t count = cursor_.varint();
    for (std::uint64_t left = count; left != 0; --left) {
      sink_.string(cursor_.text());
      sink_.character(':');
      value();
      sink_.character(',');
    }
    close(count, '}');
  }

 private:
  // Each element leaves a comma behind; the bracket takes the place of the last one.
  void close(std::uint64_t count, char bracket) {
    if (count != 0) sink_.drop_last();
    sink_.character(bracket);
  }

  void number() {
    std::string_view encoded = cursor_.number();
    const Result<Number> decoded = Number::decode(encoded);
    CHECK(decoded.has_value());
    sink_.character('"');
    sink_.number(*decoded);
    sink_.character('"');
  }

  void binary() {
    sink_.character('"');
    sink_.base64(cursor_.text());
    sink_.character('"');
  }

  template <class PrintElement>
  void elements(PrintElement print_element) {
    sink_.character('[');
    const std::uint64_t count = cursor_.varint();
    for (std::uint64_t left = count; left != 0; --left) {
      print_element();
      sink_.character(',');
    }
    close(count, ']');
  }

  void value() {
    switch (const char type = cursor_.byte()) {
      case tag::kS:
        sink_.literal("{\"S\":");
        sink_.string(cursor_.text());
        break;
      case tag::kN:
        sink_.literal("{\"N\":");
        number();
        break;
      case tag::kB:
        sink_.literal("{\"B\":");
        binary();
        break;
      case tag::kTrue:
        sink_.literal("{\"BOOL\":true");
        break;
      case tag::kFalse:
        sink_.literal("{\"BOOL\":false");
        break;
      case tag::kNull:
        sink_.literal("{\"NULL\":true");
        break;
      case tag::kSS:
        sink_.literal("{\"SS\":");
        elements([this] { sink_.string(cursor_.text()); });
        break;
      case tag::kNS:
        sink_.literal("{\"NS\":");
        elements([this] { number(); });
        break;
      case tag::kBS:
        sink_.literal("{\"BS\":");
        elements([this] { binary(); });
        break;
      case tag::kL:
        sink_.literal("{\"L\":");
        elements([this] { value(); });
        break;
      default:
        CHECK(type == tag::kM);
        sink_.literal("{\"M\":");
        members();
    }
    sink_.character('}');
  }

  JsonSink& sink_;
  CanonicalCursor cursor_;
};

}  // namespace

void append_item_json(std::string& out, std::string_view canonical_bytes) {
  JsonSink sink(out, 2 * canonical_bytes.size() + 64);
  ItemPrinter(sink, canonical_bytes).members();
  sink.finish();
}

std::string item_to_json(const Item& item) {
  std::string out;
  append_item_json(out, encode_item(item));
  return out;
}

void append_json_string(std::string& out, std::string_view text) {
  JsonSink sink(out, text.size() + 2);
  sink.string(text);
  sink.finish();
}

}  // namespace gtsim
