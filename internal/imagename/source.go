package imagename

import (
	"path"
	"regexp"
	"strings"
)

// exported is how Roboflow names an image that it exports: the name of the
// source, whose .EXT is _EXT there, and a hash of the image.
var exported = regexp.MustCompile(`(?i)^(.+?)(?:_(jpe?g|jpe|jfif|png|bmp|gif|tiff?|webp|heic|avif))?\.rf\.[0-9a-z_-]{8,}\.[a-z0-9]+$`)

// Source returns a file name without its folders and, if Roboflow exported the
// image, that of the picture which it was made from.
func Source(file string) (base string, roboflow bool) {
	base = path.Base(strings.ReplaceAll(file, `\`, "/"))
	if m := exported.FindStringSubmatch(base); m != nil {
		return strings.TrimSuffix(m[1]+"."+m[2], "."), true
	}
	return base, false
}
