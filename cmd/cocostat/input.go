package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cocostat/annotations"
	"cocostat/internal/atomicfile"
	"cocostat/internal/cli"
	"cocostat/internal/layout"
	"cocostat/internal/progress"
)

// input is what the commands that count annotations have in common.
type input struct {
	streams cli.Streams
	paths   []string
	noCrowd bool
	mergeBy string // of mergeKeys; "": id
	noHash  bool   // the result does not name the files by their hash

	trainable bool     // only annotations that training can use count
	noRoots   bool     // categories that are headings are no classes
	leaveOut  []string // categories to leave out

	forTables bool // the counts become tables
	shard     bool // the files are a part of a dataset
}

func (in *input) addFlags(f *pflag.FlagSet) {
	f.BoolVar(&in.noCrowd, "no-crowd", false, "leave crowd annotations (iscrowd) out of the counts")
}

// mergeKeys are what may tell that categories of several files are the same.
var mergeKeys = []string{"id", "name"}

func (in *input) addMergeFlag(f *pflag.FlagSet) {
	f.StringVar(&in.mergeBy, "merge-by", mergeKeys[0], "unite the categories of several files by `id or name`")
}

// addLeaveOut adds the flag that leaves classes out.
func (in *input) addLeaveOut(f *pflag.FlagSet) {
	f.StringSliceVar(&in.leaveOut, "leave-out", nil, "`classes` to leave out, by name or id: a list with commas")
}

// completeAnnotations completes an argument with annotation files and folders,
// and with the members of a zip archive.
func completeAnnotations(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	if archive, _ := splitMember(typed); archive != typed {
		return zipMembers(archive, typed[:len(archive)+1]), cobra.ShellCompDirectiveNoFileComp
	}
	return []string{"json", "gz", "zst", "zip"}, cobra.ShellCompDirectiveFilterFileExt
}

// completeFlags completes the values of flags that know all of theirs.
func completeFlags(cmd *cobra.Command, values map[string][]string) {
	for flag, names := range values {
		complete := cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp)
		// The only possible error is an unknown flag name.
		if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
			panic(err)
		}
	}
}

// find puts the training annotations in the place of each folder, and says so.
// No file may be given twice: its annotations would count twice.
func (in *input) find() error {
	if in.mergeBy != "" && !slices.Contains(mergeKeys, in.mergeBy) {
		return cli.Usagef("--merge-by %s: must be %s", in.mergeBy, strings.Join(mergeKeys, " or "))
	}
	if err := in.openFolders(); err != nil {
		return err
	}
	members := map[any]map[string]string{} // of files: paths by member of an archive
	for _, path := range in.paths {
		file, member := splitMember(path)
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

// openFolders puts the training annotations in the place of each folder, and
// says so.
func (in *input) openFolders() error {
	if first := slices.Index(in.paths, "-"); first >= 0 && slices.Contains(in.paths[first+1:], "-") {
		return cli.Usagef(`"-" is given twice: standard input can be read once`)
	}
	var tables []string
	for i, path := range in.paths {
		if !isFolder(path) {
			continue // a file, a member of a zip archive, or an error when it is opened
		}
		file, err := folderInput(path)
		if err != nil {
			return err
		}
		if file == path {
			tables = append(tables, path)
			continue
		}
		in.note("reading %s", file)
		in.paths[i] = file
	}
	const most = 5
	if len(tables) > 0 {
		in.note("reading the tables in %s", list(tables, most))
	}
	return nil
}

// folderInput returns the training annotations in a folder, or the folder itself
// if it holds tables, which package annotations reads.
func folderInput(dir string) (path string, err error) {
	tables := annotations.TablesIn(dir)
	file, err := layout.Train(dir)
	switch {
	case err == nil && slices.Contains(tables, annotations.MergeFile):
		return "", fmt.Errorf("%s holds tables that 'cocostat analyze -o' wrote, and annotations (%s): name the annotation file, or move the tables to a folder of their own", dir, file)
	case err == nil:
		return file, nil
	case len(tables) > 0:
		return dir, nil
	}
	return "", fmt.Errorf("%w; there are no tables of 'cocostat analyze -o' either", err)
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// sameInput reports whether two paths name the same annotations.
func sameInput(a, b string) bool {
	fileA, memberA := splitMember(a)
	fileB, memberB := splitMember(b)
	_, same := sameMember(map[string]string{memberA: a}, memberB)
	return same && fileID(fileA) == fileID(fileB)
}

func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// note says on standard error what was done.
func (in *input) note(format string, args ...any) {
	fmt.Fprintf(in.streams.Err, format+"\n", args...)
}

// noteLeftOut says which categories are no classes in the counts, and why.
func (in *input) noteLeftOut(left []annotations.LeftOut) {
	var roots, asked []string
	for _, k := range left {
		name := fmt.Sprintf("%d %q", k.ID, k.Name)
		if k.Reason == annotations.LeftOutRoot {
			roots = append(roots, name)
		} else {
			asked = append(asked, fmt.Sprintf("%s (%s)", name, plural(k.Instances, "annotation")))
		}
	}
	const most = 5
	if len(roots) > 0 {
		in.note("no class, but a heading, without annotations and the supercategory of others: category %s", list(roots, most))
	}
	if len(asked) > 0 {
		in.note("left out as asked: %s", list(asked, most))
	}
}

// checkOutputs is checkFiles for files beside a table on standard output.
func (in *input) checkOutputs(outs ...string) error {
	for _, out := range outs {
		if atomicfile.IsDescriptor(out, 1) {
			return cli.Usagef("%s: standard output gets the table; name a file", out)
		}
	}
	return in.checkFiles(outs...)
}

// checkFiles reports what stands in the way of files that the command is to
// write: before the work that makes their content.
func (in *input) checkFiles(outs ...string) error {
	for i, out := range outs {
		for _, path := range in.paths {
			if archive, _ := splitMember(path); sameFile(archive, out) {
				return cli.Usagef("%s is an input and would be overwritten", out)
			}
		}
		for _, other := range outs[:i] {
			if out != os.DevNull && (filepath.Clean(out) == filepath.Clean(other) || sameFile(out, other)) {
				return cli.Usagef("two results would be written to %s", out)
			}
		}
		if err := atomicfile.Check(out); err != nil {
			return err
		}
	}
	return nil
}

// count counts the annotations and shows how far it has come.
func (in *input) count(ctx context.Context) (*annotations.Counts, error) {
	line := progress.New(in.streams.Err, cli.IsTerminal(in.streams.Err))
	defer line.Done()
	c, err := annotations.Count(ctx, in.paths, annotations.Options{
		NoCrowd:   in.noCrowd,
		ByName:    in.mergeBy == "name",
		NoHash:    in.noHash,
		Stdin:     in.streams.In,
		Progress:  readProgress(line),
		Trainable: in.trainable,
		NoRoots:   in.noRoots,
		LeaveOut:  in.leaveOut,
		ForTables: in.forTables,
		Part:      in.shard,
	})
	if _, unknown := errors.AsType[*annotations.NoCategoryError](err); unknown {
		return nil, cli.Usagef("--leave-out: %w", err)
	}
	if err == nil && c.Renumbered {
		line.Done()
		in.note("the categories of the files have ids of their own: they are numbered from 1, as none of the files does")
	}
	return c, err
}

// readProgress shows how much of the current file has been read. Files are
// read one after the other.
func readProgress(line *progress.Line) func(path string, read, size int64) {
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
