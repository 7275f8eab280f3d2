package tables

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cocostat/annotations"
	"cocostat/annotations/rows"
	"cocostat/internal/source"
)

// In returns the names of the files in a folder that are called like those
// of Write, annotations.MergeFile among them; none if it is no folder or holds none.
func In(dir string) (names []string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if !e.IsDir() && isTableName(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names
}

func isTableName(name string) bool {
	stem, format, _ := strings.Cut(name, ".")
	return name == annotations.MergeFile || (slices.Contains(Names, stem) || stem == BoxesName) && slices.Contains(Formats, Format(format))
}

// Read reads what was counted into the tables of a folder that Write wrote, of
// counts made with Options.ForTables. Tables that were written with NoCrowd,
// ByName or Selection need the same options again.
func Read(ctx context.Context, dir string, opt annotations.Options) ([]*annotations.Tally, error) {
	path := filepath.Join(dir, annotations.MergeFile)
	tallies, boxes, err := annotations.ReadMerge(ctx, path, opt, func(want []annotations.TableFile) error { return checkTables(ctx, dir, want) })
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noMergeFile(dir)
	}
	if err == nil && opt.Rows != nil {
		err = readBoxes(ctx, dir, boxes, opt.Rows)
	}
	return tallies, err
}

// readBoxes hands over the rows of the table boxes, of which each file has some.
func readBoxes(ctx context.Context, dir string, of []annotations.FileBoxes, to annotations.Rows) error {
	names := In(dir)
	at := slices.IndexFunc(names, func(name string) bool { return strings.HasPrefix(name, BoxesName+".") })
	if of == nil || at < 0 {
		to.None(dir)
		return nil
	}
	path, file, left := filepath.Join(dir, names[at]), -1, int64(0)
	next := func() {
		for left == 0 && file+1 < len(of) {
			file++
			left = of[file].Rows
			to.Begin()
		}
	}
	next()
	err := rows.Each(ctx, path, func(list []annotations.Annotation) error {
		for len(list) > 0 {
			if left == 0 {
				return fmt.Errorf("%s: it has more rows than %s tells: %s", path, annotations.MergeFile, annotations.TablesRemedy)
			}
			n := min(int64(len(list)), left)
			if ids := of[file].IDs; ids != nil {
				for i := range list[:n] {
					ids.Apply(&list[i])
				}
			}
			if err := to.Add(list[:n]); err != nil {
				return err
			}
			left -= n
			list = list[n:]
			next()
		}
		return nil
	})
	if err == nil && (left > 0 || file+1 < len(of)) {
		err = fmt.Errorf("%s: it has fewer rows than %s tells: %s", path, annotations.MergeFile, annotations.TablesRemedy)
	}
	return err
}

// noMergeFile says what a folder without a merge file lacks.
func noMergeFile(dir string) error {
	found := In(dir)
	if len(found) == 0 {
		return fmt.Errorf("%s: is a folder without tables of 'cocostat analyze -o': give the annotation file in it", dir)
	}
	return fmt.Errorf("%s: it holds %s and no %s, without which tables do not merge: copy the whole folder, or, if an earlier version of cocostat wrote it, %s",
		dir, strings.Join(found, ", "), annotations.MergeFile, annotations.TablesRemedy)
}

// checkTables checks that a folder holds the tables of its merge file, and no
// others.
func checkTables(ctx context.Context, dir string, want []annotations.TableFile) error {
	for _, t := range want {
		if filepath.Base(t.Name) != t.Name {
			return fmt.Errorf("%s: damaged: the table %q is in another folder; %s", filepath.Join(dir, annotations.MergeFile), t.Name, annotations.TablesRemedy)
		}
		if err := checkTable(ctx, filepath.Join(dir, t.Name), t); err != nil {
			return err
		}
	}
	for _, name := range In(dir) {
		if name != annotations.MergeFile && !slices.ContainsFunc(want, func(t annotations.TableFile) bool { return t.Name == name }) {
			return fmt.Errorf("%s: does not belong to the tables in its folder, which %s tells: remove it", filepath.Join(dir, name), annotations.MergeFile)
		}
	}
	return nil
}

func checkTable(ctx context.Context, path string, want annotations.TableFile) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: is missing beside %s: copy the whole folder of tables", path, annotations.MergeFile)
	}
	if err != nil {
		return fmt.Errorf("%s: cannot open: %w", path, source.Cause(err))
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() != want.Bytes {
		return fmt.Errorf("%s: it has %d bytes, and %d when it was written: it was cut off, changed or replaced; copy the folder again, or %s", path, info.Size(), want.Bytes, annotations.TablesRemedy)
	}
	sum, err := source.Hash(ctx, f)
	if err != nil {
		return fmt.Errorf("%s: reading: %w", path, source.Cause(err))
	}
	if hex.EncodeToString(sum) != want.SHA256 {
		return fmt.Errorf("%s: it is not what was written together with %s: it was damaged, changed or replaced; copy the folder again, or %s", path, annotations.MergeFile, annotations.TablesRemedy)
	}
	return nil
}
