// From JSON text to a tree whose every value knows where it stands in the file.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems.hpp"

namespace faultlab::config {

enum class Kind { null, boolean, integer, number, string, array, object };

struct Node;
using NodePtr = std::shared_ptr<const Node>;

struct Member {
  std::string key;
  const Place* key_place;
  NodePtr value;
};

// Shared and constant, so that the tree of a cell copies only the way down to what its levels set.
struct Node {
  Kind kind = Kind::null;
  Json scalar = {};                  // of the first five kinds
  std::vector<Member> members = {};  // of an object, in file order
  std::vector<NodePtr> items = {};   // of an array
  const Place* place = nullptr;

  // The member's value, or nullptr.
  const Node* find(std::string_view key) const;
};

struct Document {
  std::deque<Place> places;  // what the nodes point to: keep the document while they live
  NodePtr root;              // null where the text is not JSON
};

// Comments are allowed. Of a key that stands twice, the first value is kept and the second reported.
Document parse(std::string_view text, Problems& problems);

// The same value without places, comments and repeated keys.
Json plain(const Node& node);

// "the number 4096", "an object": for messages.
std::string describe(const Node& node);

}  // namespace faultlab::config
