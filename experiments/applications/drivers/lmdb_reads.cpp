// LMDB: a B+ tree in a mapped file, looked up or scanned.
//   read: readahead=1 (LMDB's default) or 0 (MDB_NORDAHEAD: madvise(MADV_RANDOM) on the whole mapping)
#include <lmdb.h>

#include "store.hpp"

namespace {

using drivers::Options;

void check(int code, const char* doing) {
  if (code != MDB_SUCCESS) throw std::runtime_error(std::string(doing) + ": " + mdb_strerror(code));
}

MDB_val value_of(const std::string& text) { return {text.size(), const_cast<char*>(text.data())}; }

class Environment {
 public:
  Environment(const std::string& path, unsigned flags, std::uint64_t map_size, unsigned transaction_flags) {
    check(mdb_env_create(&environment_), "make an environment");
    if (map_size != 0) check(mdb_env_set_mapsize(environment_, map_size), "set the map's size");
    check(mdb_env_open(environment_, path.c_str(), flags | MDB_NOSUBDIR | MDB_NOLOCK, 0644),
          ("open " + path).c_str());
    check(mdb_txn_begin(environment_, nullptr, transaction_flags, &transaction_), "begin");
    check(mdb_dbi_open(transaction_, nullptr, 0, &records), "open the records");
  }
  Environment(const Environment&) = delete;
  ~Environment() {
    if (transaction_ != nullptr) mdb_txn_abort(transaction_);
    mdb_env_close(environment_);
  }

  MDB_txn* transaction() { return transaction_; }
  void commit() {
    check(mdb_txn_commit(transaction_), "commit");
    transaction_ = nullptr;
    check(mdb_env_sync(environment_, 1), "write back");
  }

  MDB_dbi records = 0;

 private:
  MDB_env* environment_ = nullptr;
  MDB_txn* transaction_ = nullptr;
};

class LmdbStore final : public drivers::Store {
 public:
  LmdbStore(const std::string& path, const Options& options)
      : environment_(path, MDB_RDONLY | (options.number("readahead", 1) == 0 ? unsigned{MDB_NORDAHEAD} : 0),
                     0, MDB_RDONLY) {}

  std::uint64_t look_up(std::uint64_t key) override {
    const std::string text = drivers::key_text(key);
    MDB_val wanted = value_of(text);
    MDB_val found;
    check(mdb_get(environment_.transaction(), environment_.records, &wanted, &found), "look up");
    return drivers::sum_of(found.mv_data, found.mv_size);
  }
  std::uint64_t scan() override {
    MDB_cursor* cursor = nullptr;
    check(mdb_cursor_open(environment_.transaction(), environment_.records, &cursor), "open a cursor");
    std::uint64_t sum = 0;
    MDB_val key;
    MDB_val value;
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == MDB_SUCCESS) {
      sum += drivers::sum_of(value.mv_data, value.mv_size);
    }
    mdb_cursor_close(cursor);
    return sum;
  }

 private:
  Environment environment_;
};

void make(const std::string& path, const Options& options) {
  std::remove(path.c_str());
  Environment environment(path, MDB_NOSYNC, std::uint64_t{2} << 30, 0);
  std::vector<std::uint64_t> words;
  for (std::uint64_t key = 0; key < drivers::records_of(options); ++key) {
    drivers::fill_value(key, words);
    const std::string text = drivers::key_text(key);
    MDB_val wanted = value_of(text);
    MDB_val value = {drivers::kValueBytes, words.data()};
    check(mdb_put(environment.transaction(), environment.records, &wanted, &value, MDB_APPEND), "insert");
  }
  environment.commit();
}

void read(const std::string& path, const Options& options) {
  LmdbStore store(path, options);
  drivers::work_on(store, options);
}

}  // namespace

int main(int argc, char** argv) { return drivers::run(argc, argv, {make, read}); }
