// Berkeley DB: a B+ tree that is read by pread(2) into a cache of the program's own.
//   read: cache_kib=2000
#include <db.h>

#include "store.hpp"

namespace {

using drivers::Options;

constexpr std::uint32_t kPageBytes = 4096;

void check(int code, const char* doing) {
  if (code != 0) throw std::runtime_error(std::string(doing) + ": " + db_strerror(code));
}

DBT dbt_of(const void* data, std::size_t size) {
  DBT dbt{};
  dbt.data = const_cast<void*>(data);
  dbt.size = static_cast<std::uint32_t>(size);
  return dbt;
}

class Tree {
 public:
  Tree(const std::string& path, std::uint64_t cache_bytes, std::uint32_t flags) {
    check(db_create(&handle_, nullptr, 0), "make a handle");
    check(handle_->set_cachesize(handle_, 0, static_cast<std::uint32_t>(cache_bytes), 1),
          "set the cache's size");
    check(handle_->set_pagesize(handle_, kPageBytes), "set the page's size");
    check(handle_->open(handle_, nullptr, path.c_str(), nullptr, DB_BTREE, flags, 0644),
          ("open " + path).c_str());
  }
  Tree(const Tree&) = delete;
  ~Tree() { handle_->close(handle_, 0); }
  DB* operator->() { return handle_; }
  DB* get() { return handle_; }

 private:
  DB* handle_ = nullptr;
};

class BdbStore final : public drivers::Store {
 public:
  // A file that is only read could be mapped, if it is small: not here.
  BdbStore(const std::string& path, const Options& options)
      : tree_(path, options.number("cache_kib", 2000) << 10, DB_RDONLY | DB_NOMMAP) {}

  std::uint64_t look_up(std::uint64_t key) override {
    const std::string text = drivers::key_text(key);
    DBT wanted = dbt_of(text.data(), text.size());
    DBT value{};
    check(tree_->get(tree_.get(), nullptr, &wanted, &value, 0), "look up");
    return drivers::sum_of(value.data, value.size);
  }
  std::uint64_t scan() override {
    DBC* cursor = nullptr;
    check(tree_->cursor(tree_.get(), nullptr, &cursor, 0), "open a cursor");
    std::uint64_t sum = 0;
    DBT key{};
    DBT value{};
    while (cursor->get(cursor, &key, &value, DB_NEXT) == 0) sum += drivers::sum_of(value.data, value.size);
    cursor->close(cursor);
    return sum;
  }

 private:
  Tree tree_;
};

void make(const std::string& path, const Options& options) {
  std::remove(path.c_str());
  Tree tree(path, std::uint64_t{64} << 20, DB_CREATE);
  std::vector<std::uint64_t> words;
  for (std::uint64_t key = 0; key < drivers::records_of(options); ++key) {
    drivers::fill_value(key, words);
    const std::string text = drivers::key_text(key);
    DBT wanted = dbt_of(text.data(), text.size());
    DBT value = dbt_of(words.data(), drivers::kValueBytes);
    check(tree->put(tree.get(), nullptr, &wanted, &value, 0), "insert");
  }
}

void read(const std::string& path, const Options& options) {
  BdbStore store(path, options);
  drivers::work_on(store, options);
}

}  // namespace

int main(int argc, char** argv) { return drivers::run(argc, argv, {make, read}); }
