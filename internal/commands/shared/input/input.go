// Package input finds, checks and counts the annotation files that a command is
// given.
package input

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cocostat/annotations"
	"cocostat/dataset"
	"cocostat/internal/atomicfile"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/classflags"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/progress"
	"cocostat/tables"
)

// Files is what the commands that count annotations have in common.
type Files struct {
	Streams cli.Streams
	Paths   []string
	NoCrowd bool
	classflags.Flags
	NoHash bool // the result does not name the files by their hash

	Trainable bool // only annotations that training can use count
	NoRoots   bool // categories that are headings are no classes

	columns map[string]string // as in annotations.Options

	ForTables bool             // the counts become tables
	RowsTo    annotations.Rows // if not nil, what gets the annotations
	Shard     bool             // the files are a part of a dataset
}

// AddCrowdFlag adds the flag that leaves crowds out.
func (in *Files) AddCrowdFlag(f *pflag.FlagSet) {
	f.BoolVar(&in.NoCrowd, "no-crowd", false, "leave crowd annotations (iscrowd) out of the counts")
}

// AddColumnsFlag adds the flag that names the columns of tables with a row per
// annotation.
func (in *Files) AddColumnsFlag(f *pflag.FlagSet) {
	f.StringToStringVar(&in.columns, "columns-map", nil, "of a table with a row per annotation, which `columns` are read as what: image_id=frame,category_name=species")
}

// CompleteNames completes an argument with annotation files and folders,
// and with the members of a zip archive.
func CompleteNames(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	if archive, _ := SplitMember(typed); archive != typed {
		return zipMembers(archive, typed[:len(archive)+1]), cobra.ShellCompDirectiveNoFileComp
	}
	return []string{"json", "gz", "zst", "zip"}, cobra.ShellCompDirectiveFilterFileExt
}

// Find puts the training annotations in the place of each folder, and says so.
// No file may be given twice: its annotations would count twice.
func (in *Files) Find() error {
	if err := in.OpenFolders(); err != nil {
		return err
	}
	members := map[any]map[string]string{} // of files: paths by member of an archive
	for _, path := range in.Paths {
		file, member := SplitMember(path)
		id := fileID(file)
		if other, ok := sameMember(members[id], member); ok {
			return cli.Usagef("%s and %s are the same file, whose annotations would count twice", other, path)
		}
		if members[id] == nil {
			members[id] = map[string]string{}
		}
		members[id][member] = path
	}
	return nil
}

// sameMember returns which of the paths of a file, by member, names the same
// annotations as another member. An archive without a member may be any of its
// members.
func sameMember(paths map[string]string, member string) (path string, ok bool) {
	if member == "" {
		for _, path := range paths {
			return path, true
		}
	}
	for _, m := range []string{member, ""} {
		if path, ok = paths[m]; ok {
			return path, true
		}
	}
	return "", false
}

// fileID returns what tells a file from others: its clean path if there is no
// such file.
func fileID(path string) any {
	info, err := os.Stat(path)
	if err != nil {
		return filepath.Clean(path)
	}
	return identity(path, info)
}

// OpenFolders puts the training annotations in the place of each folder, and
// says so.
func (in *Files) OpenFolders() error {
	if first := slices.Index(in.Paths, "-"); first >= 0 && slices.Contains(in.Paths[first+1:], "-") {
		return cli.Usagef(`"-" is given twice: standard input can be read once`)
	}
	var folders []string
	for i, path := range in.Paths {
		if !IsFolder(path) {
			continue // a file, a member of a zip archive, or an error when it is opened
		}
		file, err := folderInput(path)
		if err != nil {
			return err
		}
		if file == path {
			if !dataset.IsFolder(path) {
				folders = append(folders, path)
			}
			continue
		}
		in.Notef("reading %s", file)
		in.Paths[i] = file
	}
	const most = 5
	if len(folders) > 0 {
		in.Notef("reading the tables in %s", output.List(folders, most))
	}
	return nil
}

// folderInput returns the training annotations in a folder, or the folder itself
// if it holds tables, which package tables reads.
func folderInput(dir string) (path string, err error) {
	names := tables.In(dir)
	file, err := dataset.Train(dir)
	switch {
	case err == nil && file != dir && slices.Contains(names, annotations.MergeFile):
		return "", fmt.Errorf("%s holds tables that 'cocostat analyze -o' wrote, and annotations (%s): name the annotation file, or move the tables to a folder of their own", dir, file)
	case err == nil:
		return file, nil
	case len(names) > 0:
		return dir, nil
	}
	return "", fmt.Errorf("%w; there are no tables of 'cocostat analyze -o' either", err)
}

// IsFolder reports whether a path is a folder.
func IsFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// SameInput reports whether two paths name the same annotations.
func SameInput(a, b string) bool {
	fileA, memberA := SplitMember(a)
	fileB, memberB := SplitMember(b)
	_, same := sameMember(map[string]string{memberA: a}, memberB)
	return same && fileID(fileA) == fileID(fileB)
}

// SameFile reports whether two paths name one file.
func SameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// Notef says on standard error what was done.
func (in *Files) Notef(format string, args ...any) {
	fmt.Fprintf(in.Streams.Err, format+"\n", args...)
}

// NoteSelected says which categories are no classes in the counts, and why, and
// which are merged.
func (in *Files) NoteSelected(s annotations.Selected) {
	for _, line := range classflags.Notes(s) {
		in.Notef("%s", line)
	}
}

// CheckOutputs is checkFiles for files beside a table on standard output.
func (in *Files) CheckOutputs(outs ...string) error {
	for _, out := range outs {
		if atomicfile.IsDescriptor(out, 1) {
			return cli.Usagef("%s: standard output gets the table; name a file", out)
		}
	}
	return in.CheckFiles(outs...)
}

// CheckFiles reports what stands in the way of files that the command is to
// write: before the work that makes their content.
func (in *Files) CheckFiles(outs ...string) error {
	for i, out := range outs {
		for _, path := range in.Paths {
			if archive, _ := SplitMember(path); SameFile(archive, out) {
				return cli.Usagef("%s is an input and would be overwritten", out)
			}
		}
		for _, other := range outs[:i] {
			if out != os.DevNull && (filepath.Clean(out) == filepath.Clean(other) || SameFile(out, other)) {
				return cli.Usagef("two results would be written to %s", out)
			}
		}
		if err := atomicfile.Check(out); err != nil {
			return err
		}
	}
	return nil
}

// Options are what the flags say of how annotations are counted.
func (in *Files) Options() annotations.Options {
	return annotations.Options{
		NoCrowd:   in.NoCrowd,
		ByName:    in.ByName(),
		NoHash:    in.NoHash,
		Stdin:     in.Streams.In,
		Trainable: in.Trainable,
		NoRoots:   in.NoRoots,
		Selection: in.Selection,
		Columns:   in.columns,
		ForTables: in.ForTables,
		Rows:      in.RowsTo,
		Part:      in.Shard,
	}
}

// Count counts the annotations and shows how far it has come.
func (in *Files) Count(ctx context.Context) (*annotations.Counts, error) {
	line := progress.New(in.Streams.Err, cli.IsTerminal(in.Streams.Err))
	defer line.Done()
	opt := in.Options()
	opt.Progress = ReadProgress(line)
	c, err := dataset.Count(ctx, in.Paths, opt)
	if err := in.Blame(err); err != nil {
		return nil, err
	}
	if err == nil && c.Renumbered {
		line.Done()
		in.Notef("the categories of the files have ids of their own: they are numbered from 1, as none of the files does")
	}
	if err == nil && c.ImagesRenumbered {
		line.Done()
		in.Notef("the files have images of the same ids: each file has its own images, and all are numbered from 1, as none of the files does")
	}
	return c, err
}

// ReadProgress shows how much of the current file has been read. Files are
// read one after the other.
func ReadProgress(line *progress.Line) func(path string, read, size int64) {
	start, current := time.Now(), ""
	return func(path string, read, size int64) {
		if path != current {
			start, current = time.Now(), path
		}
		line.Update(func() string {
			mb := float64(read) / 1e6
			speed := mb / time.Since(start).Seconds()
			if size == 0 {
				return fmt.Sprintf("reading %s: %.0f MB, %.0f MB/s", path, mb, speed)
			}
			return fmt.Sprintf("reading %s: %d%% of %.0f MB, %.0f MB/s", path, 100*read/max(size, read), float64(size)/1e6, speed)
		})
	}
}

// ClassKeys are what may tell that classes of two sets are the same.
var ClassKeys = []string{"name", "id"}

// TwiceReadable reports an input that is gone when it has been read once.
func TwiceReadable(path string) error {
	archive, _ := SplitMember(path)
	if info, err := os.Stat(archive); path == "-" || err == nil && !info.Mode().IsRegular() {
		return cli.Usagef("%s: the annotations are read twice, to count them and to copy those that stay, which only a file allows", path)
	}
	return nil
}
