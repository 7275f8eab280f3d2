package yolo

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"cocostat/annotations"
	"cocostat/internal/folder"
)

// item is an image and its labels, or labels without an image.
type item struct {
	image string // path; for labels without an image where it would be, with their extension
	label string // path; "": the image has none
	// mayLack tells that nobody has looked whether the labels are there.
	mayLack bool
}

// lone reports whether the labels have no image.
func (it *item) lone() bool { return isText(it.image) }

// gathered is what a split consists of.
type gathered struct {
	config *config
	items  []item
	notes  []found
	places map[string]string // labelFolder of folders with images
}

// found is a problem that was met while images were looked for.
type found struct {
	kind annotations.Kind
	path string
}

// extensions are those of images: Ultralytics' (IMG_FORMATS in its data/utils.py),
// and others that other programs read.
var extensions = strings.Fields(".avif .bmp .dng .gif .heic .heif .jp2 .jpe .jpeg .jpg .mpo .png .tif .tiff .webp")

func isImage(name string) bool {
	return slices.Contains(extensions, strings.ToLower(filepath.Ext(name)))
}

func isText(name string) bool { return filepath.Ext(name) == ".txt" }

// gather finds the images of a split, sorted by path.
func (c *config) gather(ctx context.Context, s split) (*gathered, error) {
	g := &gathered{config: c, places: map[string]string{}}
	for _, from := range s.sources {
		at, err := c.find(from)
		if err != nil {
			return nil, err
		}
		switch {
		case isDir(at) || !exists(at):
			err = g.folder(ctx, at)
		case isImage(at):
			g.listed(at)
		default:
			err = g.list(ctx, at)
		}
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(g.items, func(a, b item) int { return strings.Compare(a.image, b.image) })
	kept := g.items[:0]
	for i, it := range g.items {
		if i > 0 && it.image == g.items[i-1].image {
			g.notes = append(g.notes, found{annotations.DuplicateImage, it.image})
			continue
		}
		kept = append(kept, it)
	}
	g.items = kept
	return g, nil
}

// labelFolder returns where the labels of the images in a folder are: the path with
// labels in the place of its last images, or the path itself.
func labelFolder(dir string) string {
	whole, err := filepath.Abs(dir)
	if err != nil {
		return dir
	}
	const images, labels = "/images/", "/labels/"
	slashed := filepath.ToSlash(whole) + "/"
	i := strings.LastIndex(slashed, images)
	if i < 0 {
		return dir
	}
	// dir as it was given, if what changes is in it
	if given := filepath.ToSlash(filepath.Clean(dir)) + "/"; strings.HasSuffix(slashed, "/"+given) || slashed == given {
		if j := strings.LastIndex("/"+given, images); j >= 0 {
			changed := ("/" + given)[:j] + labels + ("/" + given)[j+len(images):]
			return filepath.Clean(filepath.FromSlash(changed[1:]))
		}
	}
	return filepath.Clean(filepath.FromSlash(slashed[:i] + labels + slashed[i+len(images):]))
}

// place is labelFolder if there is that folder, else the images' own. It looks once.
func (g *gathered) place(dir string) string {
	at, known := g.places[dir]
	if known {
		return at
	}
	if at = labelFolder(dir); !isDir(at) {
		if real, err := filepath.EvalSymlinks(dir); err != nil || !isDir(labelFolder(real)) {
			at = dir
		} else {
			at = labelFolder(real)
		}
	}
	g.places[dir] = at
	return at
}

// folder enters the images below a folder, which may be missing, and the labels
// that belong to it.
func (g *gathered) folder(ctx context.Context, dir string) error {
	apart := g.place(dir)
	images, texts, err := list(ctx, dir, apart)
	if err != nil {
		return err
	}
	g.note(dir, images)
	g.note(apart, texts)
	labels := make(map[string]bool, len(images.Files)) // whether no image has taken them
	beside := false                                    // whether texts are among the images
	for _, name := range slices.Concat(images.Files, images.Odd) {
		if apart == dir && isText(name) {
			labels[under(dir, name)], beside = true, true
		}
	}
	for _, name := range slices.Concat(texts.Files, texts.Odd) {
		labels[under(apart, name)] = true
	}
	for _, name := range slices.Concat(images.Files, images.Odd) {
		if !isText(name) {
			g.items = append(g.items, g.labelled(under(dir, name), labels, beside))
		}
	}
	g.lone(labels, dir, apart)
	return nil
}

// labelled returns an image with its labels, if it has some, and takes them. A text
// beside an image whose labels are elsewhere is taken, too: it is a copy, or nothing.
func (g *gathered) labelled(image string, labels map[string]bool, beside bool) item {
	it := g.item(image)
	if beside {
		if copied := strings.TrimSuffix(image, filepath.Ext(image)) + ".txt"; labels[copied] {
			labels[copied] = false
		}
	}
	if _, there := labels[it.label]; there {
		labels[it.label] = false
	} else {
		it.label = ""
	}
	return it
}

// list lists the images and texts below a folder, if it is there, and the texts of
// another, if it is another: both at the same time.
func list(ctx context.Context, dir, apart string) (images, texts *folder.Tree, err error) {
	images, texts = &folder.Tree{}, &folder.Tree{}
	var both errgroup.Group
	if isDir(dir) {
		both.Go(func() (err error) {
			images, err = folder.List(ctx, dir, func(name string) bool { return isImage(name) || isText(name) })
			return err
		})
	}
	if apart != dir {
		both.Go(func() (err error) {
			texts, err = folder.List(ctx, apart, isText)
			return err
		})
	}
	return images, texts, both.Wait()
}

// under joins a folder and a path below it, which are clean.
func under(dir, name string) string {
	if dir == "." {
		return filepath.FromSlash(name)
	}
	if strings.HasSuffix(dir, string(filepath.Separator)) {
		return dir + filepath.FromSlash(name)
	}
	return dir + string(filepath.Separator) + filepath.FromSlash(name)
}

// note keeps what is odd about a tree.
func (g *gathered) note(dir string, tree *folder.Tree) {
	for _, name := range tree.Outside {
		g.notes = append(g.notes, found{annotations.LinkOutside, under(dir, name)})
	}
	for _, name := range tree.Again {
		g.notes = append(g.notes, found{annotations.LinkAgain, under(dir, name)})
	}
}

// item returns an image with the path of its labels.
func (g *gathered) item(image string) item {
	dir, base := filepath.Split(image)
	stem := strings.TrimSuffix(base, filepath.Ext(base))
	return item{image: image, label: under(g.place(filepath.Clean(dir)), stem+".txt")}
}

// lone enters the labels that no image has taken. Among images, texts that are not
// in a folder of labels, and do not begin like them, are something else.
func (g *gathered) lone(labels map[string]bool, dir, apart string) {
	for label, free := range labels {
		if !free || notLabels[filepath.Base(label)] {
			continue
		}
		if below, err := filepath.Rel(apart, label); apart != dir && err == nil && filepath.IsLocal(below) {
			g.items = append(g.items, item{image: filepath.Join(dir, below), label: label})
			continue
		}
		if labelsOnly(label) {
			g.items = append(g.items, item{image: label, label: label})
		}
	}
}

// labelsOnly reports whether a text is one of labels.
func labelsOnly(path string) bool {
	return filepath.Base(filepath.Dir(path)) == "labels" || labelLine.Match(headOf(path))
}

// listed enters an image that a list, or the description, names.
func (g *gathered) listed(path string) {
	it := g.item(path)
	it.mayLack = true
	g.items = append(g.items, it)
}

// list enters the images that a text lists, a line each.
func (g *gathered) list(ctx context.Context, path string) error {
	text, err := readWhole(path, mostList)
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimPrefix(string(text), "\ufeff"), "\n")
	var names []string
	for i, line := range lines {
		line = strings.TrimSpace(line)
		switch {
		case strings.ContainsRune(line, 0):
			return fmt.Errorf("%s:%d: a path with a NUL byte: a list of images is a text with a path on each line", path, i+1)
		case line == "":
		case !isImage(line):
			return fmt.Errorf("%s:%d: %.100q is no path of an image: a list of images is a text with a path on each line", path, i+1, line)
		default:
			names = append(names, line)
		}
	}
	from := g.baseOf(path, names)
	for i, name := range names {
		if i%1000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		at := from(name)
		if !filepath.IsAbs(name) && !within(g.config.root, at) {
			g.notes = append(g.notes, found{annotations.LinkOutside, at})
		}
		g.listed(at)
	}
	return nil
}

// within reports whether a path is below a folder, by their names.
func within(dir, path string) bool {
	below, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(below)
}

// baseOf returns how to find what a list names: by the way that leads to the most
// of its first images, or their labels.
func (g *gathered) baseOf(list string, names []string) func(name string) string {
	own := filepath.Dir(list)
	ways := []func(string) string{}
	for _, dir := range slices.Concat([]string{own}, g.config.roots, []string{"."}) {
		ways = append(ways, func(name string) string { return filepath.Join(dir, name) })
	}
	// Paths that begin in the folder of another program, data/obj_train_data/1.jpg.
	for _, dir := range []string{own, g.config.root} {
		ways = append(ways, func(name string) string {
			if _, rest, ok := strings.Cut(name, string(filepath.Separator)); ok {
				return filepath.Join(dir, rest)
			}
			return filepath.Join(dir, name)
		})
	}
	const tries = 20
	var first []string // of those that do not say themselves where they begin
	for _, name := range names {
		if name = filepath.FromSlash(name); !filepath.IsAbs(name) && !isDotted(name) && len(first) < tries {
			first = append(first, name)
		}
	}
	best, most := ways[0], 0
	for _, way := range ways {
		there := 0
		for _, name := range first {
			at := way(name)
			if it := g.item(at); exists(at) || exists(it.label) {
				there++
			}
		}
		if there > most {
			best, most = way, there
		}
	}
	return func(name string) string {
		name = filepath.FromSlash(name)
		switch {
		case filepath.IsAbs(name):
			return filepath.Clean(name)
		case isDotted(name):
			return filepath.Join(own, name)
		}
		return best(name)
	}
}

// isDotted reports whether a path begins with ./, in the folder of its list.
func isDotted(name string) bool { return strings.HasPrefix(name, "."+string(filepath.Separator)) }
