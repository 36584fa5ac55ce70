// The SAX handler that builds the tree. nlohmann's lexer knows no token positions, so a cursor walks
// the text alongside: after each event it stands just behind that event's token.
#include "config/parse.hpp"

#include <fmt/format.h>

#include <unordered_set>

#include "config/limits.hpp"
#include "config/nearest.hpp"
#include "config/utf8.hpp"

namespace faultlab::config {
namespace {

class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) offset_ = 3;  // a byte order mark has no column
  }

  void move_to(std::size_t offset) {
    for (; offset_ < std::min(offset, text_.size()); ++offset_) {
      if (text_[offset_] == '\n') {
        ++line_;
        column_ = 1;
      } else if (!continues_character(text_[offset_])) {
        ++column_;
      }
    }
  }

  // To the next token that is more than punctuation. The lexer has been there: all is well-formed.
  void skip_to_token() {
    std::size_t at = offset_;
    while (at < text_.size()) {
      if (text_.substr(at, 2) == "//") {
        at = std::min(text_.find('\n', at), text_.size());
      } else if (text_.substr(at, 2) == "/*") {
        const std::size_t end = text_.find("*/", at + 2);
        at = end == std::string_view::npos ? text_.size() : end + 2;
      } else if (std::string_view(" \t\r\n,:").find(text_[at]) != std::string_view::npos) {
        ++at;
      } else {
        break;
      }
    }
    move_to(at);
  }

  void skip_token() {
    std::size_t at = offset_ + 1;
    const char first = offset_ < text_.size() ? text_[offset_] : ' ';
    if (first == '"') {
      while (at < text_.size() && text_[at] != '"') at += text_[at] == '\\' ? 2 : 1;
      ++at;
    } else if (std::string_view("{}[]").find(first) == std::string_view::npos) {
      at = std::min(text_.find_first_of(" \t\r\n,:]}/", offset_), text_.size());
    }
    move_to(at);
  }

  void stamp(Place& place) const {
    place.line = line_;
    place.column = column_;
  }

 private:
  std::string_view text_;
  std::size_t offset_ = 0;
  unsigned line_ = 1;
  unsigned column_ = 1;
};

// The part of nlohmann's message that is ours to show: no prefix with a position of its own, and no
// excerpt, which may end in the middle of a character.
std::string plain_message(std::string_view message) {
  const std::size_t tag = message.find("] ");
  if (tag != std::string_view::npos) message.remove_prefix(tag + 2);
  if (message.starts_with("parse error at "))
    message.remove_prefix(std::min(message.find(": ") + 2, message.size()));
  std::string out(message);
  const std::size_t excerpt = out.find("; last read: '");
  if (excerpt != std::string::npos) {
    const std::size_t end = out.rfind("'; expected ");
    out.erase(excerpt, end == std::string::npos ? std::string::npos : end + 1 - excerpt);
  }
  constexpr std::size_t kLongest = 160;
  return out.substr(0, kLongest);
}

class Builder {
 public:
  Builder(std::string_view text, Document& document, Problems& problems)
      : text_(text), cursor_(text), document_(document), problems_(problems) {}

  bool null() { return scalar(Kind::null, nullptr); }
  bool boolean(bool value) { return scalar(Kind::boolean, value); }
  bool number_integer(Json::number_integer_t value) { return scalar(Kind::integer, value); }
  bool number_unsigned(Json::number_unsigned_t value) { return scalar(Kind::integer, value); }
  bool number_float(Json::number_float_t value, const std::string&) { return scalar(Kind::number, value); }
  bool string(std::string& value) { return scalar(Kind::string, std::move(value)); }
  bool binary(Json::binary_t&) { return false; }  // JSON text has none
  bool start_object(std::size_t) { return open(Kind::object); }
  bool start_array(std::size_t) { return open(Kind::array); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& text);
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error);

 private:
  struct Frame {
    std::shared_ptr<Node> node = {};
    std::unordered_set<std::string> keys = {};
    const Place* key_place = nullptr;
    bool repeated = false;  // the value to come belongs to a key that stands twice
  };

  Place& new_place();
  bool scalar(Kind kind, Json value);
  bool open(Kind kind);
  bool close();
  bool begin_value();
  void attach(const NodePtr& node);

  std::string_view text_;
  Cursor cursor_;
  Document& document_;
  Problems& problems_;
  std::vector<Frame> frames_;
  const Place* value_place_ = nullptr;
};

Place& Builder::new_place() {
  Place place;
  cursor_.stamp(place);
  if (!frames_.empty()) {
    const Frame& frame = frames_.back();
    place.up = frame.node->place;
    if (frame.node->kind == Kind::array) {
      place.indexed = true;
      place.index = frame.node->items.size();
    } else if (frame.key_place != nullptr) {
      place.key = frame.key_place->key;
    }
  }
  return document_.places.emplace_back(std::move(place));
}

// Every value begins here: its place is known, and the limits hold.
bool Builder::begin_value() {
  cursor_.skip_to_token();
  value_place_ = &new_place();
  if (frames_.size() >= kDeepest) {
    problems_.add(Rule::json, *value_place_, fmt::format("nested deeper than {} levels", kDeepest),
                  "a config needs fewer than ten: close what was opened");
    return false;
  }
  if (document_.places.size() > 2 * kMostValues) {
    problems_.add(Rule::json, *value_place_, fmt::format("more than {} values", kMostValues),
                  "shorten the lists");
    return false;
  }
  return true;
}

bool Builder::scalar(Kind kind, Json value) {
  if (!begin_value()) return false;
  cursor_.skip_token();
  auto node = std::make_shared<Node>();
  node->kind = kind;
  node->scalar = std::move(value);
  node->place = value_place_;
  attach(node);
  return true;
}

bool Builder::open(Kind kind) {
  if (!begin_value()) return false;
  cursor_.skip_token();
  auto node = std::make_shared<Node>();
  node->kind = kind;
  node->place = value_place_;
  attach(node);
  frames_.push_back({.node = std::move(node)});
  return true;
}

bool Builder::close() {
  cursor_.skip_to_token();
  cursor_.skip_token();
  frames_.pop_back();
  return true;
}

bool Builder::key(std::string& text) {
  cursor_.skip_to_token();
  Frame& frame = frames_.back();
  frame.key_place = nullptr;
  Place& place = new_place();
  place.key = text;
  frame.key_place = &place;
  frame.repeated = !frame.keys.insert(text).second;
  cursor_.skip_token();
  if (frame.repeated) {
    const Node* first = frame.node->find(text);
    problems_.add(Rule::duplicate_key, place,
                  fmt::format("the key {} stands twice in this object; its first value is at line {}",
                              in_quotes(text), first->place->line),
                  "keep one of them");
  }
  return true;
}

void Builder::attach(const NodePtr& node) {
  if (frames_.empty()) {
    document_.root = node;
    return;
  }
  Frame& frame = frames_.back();
  if (frame.node->kind == Kind::array) {
    frame.node->items.push_back(node);
  } else if (!frame.repeated) {
    frame.node->members.push_back({frame.key_place->key, frame.key_place, node});
  }
}

bool Builder::parse_error(std::size_t position, const std::string&,
                          const nlohmann::detail::exception& error) {
  const std::string message = plain_message(error.what());
  // An unexpected token has been read to its end: show where it begins. A malformed one has been read
  // up to the bad byte: show that.
  const bool whole_token =
      message.find("unexpected") != std::string::npos && message.find(" literal") != std::string::npos;
  if (whole_token || message.starts_with("number overflow")) {
    cursor_.skip_to_token();
  } else {
    cursor_.move_to(position == 0 ? 0 : std::min(position - 1, text_.size()));
  }
  problems_.add(Rule::json, new_place(), message,
                "see the character shown and the line before it: a comma, a quote or a bracket is missing "
                "or too many");
  return false;
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const Member& member : members) {
    if (member.key == key) return member.value.get();
  }
  return nullptr;
}

Document parse(std::string_view text, Problems& problems) {
  Document document;
  if (text.size() > kLongestFile) {
    problems.add_to_file(Rule::json, fmt::format("the file has {} bytes, more than 4 MiB", text.size()),
                         "an experiment is a page of text: is this the right file?");
    return document;
  }
  if (const auto bad = first_bad_byte(text)) {
    Cursor cursor(text);
    cursor.move_to(*bad);
    Place place;
    cursor.stamp(place);
    problems.add(Rule::json, place,
                 fmt::format("byte 0x{:02x} is not UTF-8 text", static_cast<unsigned char>(text[*bad])),
                 "save the file as UTF-8");
    return document;
  }
  Builder builder(text, document, problems);
  if (!Json::sax_parse(text.begin(), text.end(), &builder, Json::input_format_t::json, true, true)) {
    document.root = nullptr;
  }
  return document;
}

Json plain(const Node& node) {
  if (node.kind == Kind::object) {
    Json object = Json::object();
    for (const Member& member : node.members) object.push_back({member.key, plain(*member.value)});
    return object;
  }
  if (node.kind == Kind::array) {
    Json array = Json::array();
    for (const NodePtr& item : node.items) array.push_back(plain(*item));
    return array;
  }
  return node.scalar;
}

std::string describe(const Node& node) {
  switch (node.kind) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return node.scalar.get<bool>() ? "true" : "false";
    case Kind::integer:
    case Kind::number:
      return fmt::format("the number {}", node.scalar.dump());
    case Kind::string:
      return fmt::format("the text {}", in_quotes(node.scalar.get_ref<const std::string&>()));
    case Kind::array:
      return "a list";
    case Kind::object:
      return "an object";
  }
  return "";
}

}  // namespace faultlab::config
