package datasets

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"cocostat/dataset/reshape"
	"cocostat/dataset/write"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/input"
	"cocostat/internal/layout"
	"cocostat/internal/progress"
	"cocostat/internal/textable"
)

type mergeOptions struct {
	target
	by   string
	name string
}

func newMerge(s cli.Streams) *cobra.Command {
	o := &mergeOptions{target: target{Files: input.Files{Streams: s}}}
	cmd := &cobra.Command{
		Use:   "merge IN IN... -o OUT",
		Short: "Make one dataset of several",
		Long: `Make one dataset of several. Classes are the same if their names are, or with --by id
if their ids are. Ids stay as they are where no earlier dataset has them; others get
new ones above all: images by themselves, the annotations of a dataset all together.

Images of one file name are one image if the datasets have the same folder of images,
or, where that is not found, if they have the same id, too. Different images of one
file name are kept apart: the later one's name gets the name of its dataset's file or
folder before it.

Of COCO's JSON the first file stays as it is, with everything in it, and the elements
of the lists of the others, with new ids where they need them, are added to its own.

` + formatHelp,
		Example: `  cocostat dataset merge day.json night.json -o all.json
  cocostat dataset merge data.yaml:train data.yaml:val -o all --to yolo
  cocostat dataset merge cvat.xml old/annotations.json -o all.json --by id`,
		Args:              cli.Args(cobra.MinimumNArgs(2)),
		ValidArgsFunction: input.CompleteNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Paths = slices.Clone(args)
			if err := o.complete(cmd.Flags().Changed, false); err != nil {
				return err
			}
			if err := o.Find(); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.addFlags(cmd)
	cli.Choice(cmd, &o.by, "by", reshape.ByName, "what makes two classes the same: name or id", input.ClassKeys...)
	addPartFlag(cmd, &o.name)
	return cmd
}

// addPartFlag adds the flag that names the only part of a result.
func addPartFlag(cmd *cobra.Command, name *string) {
	cmd.Flags().StringVar(name, "part", "train", "`name` of what is written, in a folder")
}

func (o *mergeOptions) run(ctx context.Context) error {
	if err := write.CheckPart(o.name); err != nil {
		return cli.Usagef("--part: %w", err)
	}
	line := progress.New(o.Streams.Err, cli.IsTerminal(o.Streams.Err))
	defer line.Done()
	var sources []*source
	u := reshape.Union{By: o.by}
	var read []*reshape.Source
	for _, path := range o.Paths {
		s, err := o.open(ctx, path, reshape.Options{}, line)
		if err != nil {
			return err
		}
		sources, read = append(sources, s), append(read, s.Source)
		u.Folders = append(u.Folders, folderName(path))
	}
	if err := o.settle(sources...); err != nil {
		return err
	}
	for _, s := range sources {
		u.Places = append(u.Places, place(o.imagesOf(s)))
	}
	m, err := reshape.Merge(read, u)
	if err != nil {
		return err
	}
	if err := o.write(ctx, []write.Part{o.merged(m, sources)}, false, line); err != nil {
		return err
	}
	o.note(m)
	slices.Sort(u.Places)
	if places := slices.Compact(u.Places); o.images == write.None && len(places) > 1 {
		o.Notef("the images are in %s, and the names do not tell in which: a folder for OUT and --images link or copy puts them into one", plural(int64(len(places)), "folder"))
	}
	_, err = fmt.Fprintf(o.Streams.Out, "wrote %s: %s of %s in %s\n", o.out, plural(m.Objects, "annotation"),
		plural(int64(len(m.Categories)), "class"), plural(m.Images, "image"))
	return err
}

// merged is the union for a writer.
func (o *mergeOptions) merged(m *reshape.Merged, sources []*source) write.Part {
	p := write.Part{Name: o.name, Scan: m.Scan, Locate: func(name string) string {
		n, original, ok := m.Origin(name)
		if !ok {
			return ""
		}
		return write.File(o.imagesOf(sources[n]), original)
	}}
	if m.Copies() {
		p.Copy = m.Write
	}
	return p
}

func (o *mergeOptions) note(m *reshape.Merged) {
	for _, n := range []struct {
		n          int64
		word, what string
	}{
		{m.Dangling, "annotation", "left out: of an unknown image or category"},
		{m.SharedImages, "image", "in several of them: one image now, with the annotations of all"},
		{m.NewImageIDs, "image", "with another id: an earlier image has theirs"},
		{m.NewNames, "image", "with another file name: an earlier image has theirs"},
		{m.NewClassIDs, "class", "with another id than before"},
		{m.NewObjectIDs, "annotation", "with another id: earlier ones have theirs"},
	} {
		if n.n > 0 {
			o.Notef("%s %s", plural(n.n, n.word), n.what)
		}
	}
}

// folderName is what tells the images of a dataset from those of others: the name of
// its folder, or of the file in it, where that tells more.
func folderName(path string) string {
	name := layout.Stem(path)
	abs, err := filepath.Abs(path)
	if err != nil {
		return name
	}
	if dir := filepath.Base(filepath.Dir(abs)); name == "_annotations.coco" || name == "annotations" || name == "data" || name == "labels" {
		return clean(dir)
	}
	return clean(name)
}

// clean leaves of a name what can be a folder.
func clean(name string) string {
	out := []rune(textable.Printable(name))
	for i, r := range out {
		if r == '/' || r == '\\' || r == ':' {
			out[i] = '-'
		}
	}
	if s := string(out); s != "" && s != "." && s != ".." {
		return s
	}
	return "images"
}

// place is the name of a folder without links, "" if it is not there.
func place(dir string) string {
	if dir == "" {
		return ""
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return ""
	}
	if abs, err := filepath.Abs(real); err == nil {
		real = abs
	}
	return real
}
