package write

import (
	"context"
	"fmt"
	"io"
	"strings"

	"cocostat/annotations"
)

// Format is what can be written.
type Format string

// The formats.
const (
	COCO Format = "coco"
	YOLO Format = "yolo"
	VOC  Format = "voc"
)

// Formats are all of them.
var Formats = []Format{COCO, YOLO, VOC}

// Part is a part of a dataset, such as train.
type Part struct {
	Name string
	// Scan hands the part to a visitor, the same each time.
	Scan func(ctx context.Context, v annotations.Visitor) error
	// Copy, when set, writes the part as COCO's JSON, as it is.
	Copy func(ctx context.Context, w io.Writer) error
	// Images is the folder that file names are relative to, "": it is not known.
	Images string
	// Locate, when set, returns the file of an image in the place of Images, "" if it
	// is not there.
	Locate func(name string) string
	// Again tells that all its images are those of other parts: no image is placed.
	Again bool
}

// Options are the settings of Folder.
type Options struct {
	Format Format
	Images Mode
	// Together puts the images of all parts into one folder: they are the same.
	Together bool
	// Flat takes the last element of a file name for the whole.
	Flat bool
	// Folds describes parts that are folds: YOLO gets a description for each, in which
	// it is the validation set and all others are trained on.
	Folds bool
	// Progress, when set, is called for every image.
	Progress func(part string, done, total int)
}

// Losses counts what is not in the files as it was in the dataset.
type Losses struct {
	Crowds   int64 // crowd regions, left out of YOLO's labels
	NoBox    int64 // annotations without a box, left out
	NoArea   int64 // annotations whose box has no area, or none within the image, left out of YOLO's labels
	Cut      int64 // boxes that leave their image, cut at its edges in YOLO's labels
	NoSize   int64 // images without a size, left out of YOLO's labels
	Renamed  int64 // images that got another name
	Missing  int64 // images that are not where they should be
	Nameless int64 // images without a file name, left out where names are needed

	FirstMissing string   // of Missing
	Headings     []string // categories that are no classes, left out of YOLO's and VOC's
	Placed       int64    // images that were linked or copied
}

// Folder writes the parts of a dataset into a folder that is empty.
func Folder(ctx context.Context, dir string, parts []Part, opt Options) (*Losses, error) {
	f := &folder{ctx: ctx, dir: dir, opt: opt, names: newNames(opt)}
	for i := range parts {
		if err := CheckPart(parts[i].Name); err != nil {
			return nil, err
		}
	}
	write := map[Format]func(*folder, []Part) error{COCO: (*folder).coco, YOLO: (*folder).yolo, VOC: (*folder).voc}[opt.Format]
	if write == nil {
		return nil, fmt.Errorf("write: format %q is not known", opt.Format)
	}
	if err := write(f, parts); err != nil {
		return nil, err
	}
	return &f.lost, nil
}

// CheckPart reports a name of a part that is none for files.
func CheckPart(name string) error {
	bad := strings.ContainsFunc(name, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_' || r == '-' || r == '.')
	})
	if name == "" || bad || name[0] == '.' {
		return fmt.Errorf("%q is no name of a part: letters, digits, _, - and points", name)
	}
	return nil
}

// folder is a folder that is written.
type folder struct {
	ctx   context.Context
	dir   string
	opt   Options
	names *names
	lost  Losses
}

// gather reads a part into memory.
func (f *folder) gather(p *Part) (*annotations.Dataset, error) {
	d, err := annotations.Gather(p.Name, func(v annotations.Visitor) error { return p.Scan(f.ctx, v) })
	if err != nil {
		return nil, fmt.Errorf("the part %s: %w", p.Name, err)
	}
	return d, nil
}

// each goes over the images of a part.
func (f *folder) each(p *Part, d *annotations.Dataset, do func(i int) error) error {
	for i := range d.Images {
		if err := f.ctx.Err(); err != nil {
			return err
		}
		if err := do(i); err != nil {
			return err
		}
		f.progress(p, i+1, len(d.Images))
	}
	return nil
}

func (f *folder) progress(p *Part, done, total int) {
	if f.opt.Progress != nil {
		f.opt.Progress(p.Name, done, total)
	}
}
