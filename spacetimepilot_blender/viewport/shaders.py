"""The GPU programs that draw previews. Depth goes where Blender's own is, so that each hides the other."""

from __future__ import annotations

from functools import cache

import gpu

# Blender draws viewports' overlays in display colours, so scene-linear colour has to become what the display shows.
# Writing into an overlay encodes as sRGB, so what is encoded already has to be decoded before.
# The table is interpolated here, because Blender 4.5 samples textures made in Python without.
_DISPLAYED = """
vec3 encoded(vec3 linear)
{
  vec3 low = linear * 12.92;
  vec3 high = 1.055 * pow(max(linear, vec3(0.0031308)), vec3(1.0 / 2.4)) - 0.055;
  return mix(high, low, lessThan(linear, vec3(0.0031308)));
}
vec3 decoded(vec3 straight)
{
  vec3 high = pow((straight + 0.055) / 1.055, vec3(2.4));
  return mix(high, straight / 12.92, lessThan(straight, vec3(0.04045)));
}
vec3 looked_up(vec3 place)
{
  ivec3 low = ivec3(min(place, vec3(table_size - 2.0)));
  vec3 share = place - vec3(low);
  vec3 found = vec3(0.0);
  for (int corner = 0; corner < 8; corner++) {
    ivec3 step = ivec3(corner & 1, (corner >> 1) & 1, corner >> 2);
    vec3 weight = mix(1.0 - share, share, vec3(step));
    found += weight.x * weight.y * weight.z * texelFetch(table, low + step, 0).rgb;
  }
  return found;
}
vec3 on_target(vec3 straight)
{
  return encoded_again > 0.5 ? decoded(straight) : straight;
}
vec3 displayed(vec3 linear)
{
  if (mapped < 0.5) {
    return encoded(clamp(linear, 0.0, 1.0));
  }
  vec3 place = (log2(max(linear, vec3(exp2(table_from)))) - table_from) / (table_to - table_from);
  return looked_up(clamp(place, 0.0, 1.0) * (table_size - 1.0));
}
"""

# Surfels and the sky are encoded as `contract.colour.Encoding` says, with the sRGB curve up to white.
_LIGHT = """
vec3 light_of(vec3 stored)
{
  vec3 scaled = stored / white;
  vec3 bright = exp((max(scaled, vec3(1.0)) - 1.0) / rise);
  return mix(decoded(min(scaled, vec3(1.0))), bright, greaterThan(scaled, vec3(1.0)));
}
"""

_PICTURE_VERTEX = """
void main()
{
  place = corner * 0.5 + 0.5;
  gl_Position = vec4(corner, 0.0, 1.0);
}
"""
# A picture may have fewer pixels than the viewport: colours are mixed, of depths the nearest counts.
_PICTURE_FRAGMENT = (
    _DISPLAYED
    + """
void main()
{
  ivec2 size = textureSize(picture, 0);
  vec2 at = place * vec2(size) - 0.5;
  ivec2 low = ivec2(floor(at));
  vec2 share = at - vec2(low);
  vec4 seen = vec4(0.0);
  float nearest = 1e30;
  for (int corner = 0; corner < 4; corner++) {
    ivec2 step = ivec2(corner & 1, corner >> 1);
    vec2 weights = mix(1.0 - share, share, vec2(step));
    float weight = weights.x * weights.y;
    ivec2 texel = clamp(low + step, ivec2(0), size - 1);
    seen += weight * texelFetch(picture, texel, 0);
    if (weight > 0.01) {
      nearest = min(nearest, texelFetch(depths, texel, 0).r);
    }
  }
  if (seen.a < 1.0 / 512.0) {
    discard;
  }
  float z = -nearest - eye_behind;
  float clip = (depth_row.x * z + depth_row.y) / (depth_row.z * z + depth_row.w);
  gl_FragDepth = clamp(clip * 0.5 + 0.5, 0.0, 0.9999999);
  colour = vec4(on_target(displayed(seen.rgb / seen.a)) * seen.a, seen.a);
}
"""
)

# A disc has one colour, so it is found once for each, not for each of its pixels.
_SURFEL_VERTEX = (
    _DISPLAYED
    + _LIGHT
    + """
void main()
{
  vec4 eye = eye_from_capture * vec4(centre, 1.0);
  gl_Position = clip_from_eye * eye;
  float across = 2.0 * radius * grown / max(abs(gl_Position.w), 1e-9);
  gl_PointSize = clamp(across, 1.5, 512.0);
  tint = on_target(displayed(light_of(shade.rgb) * exposure));
  if (any(lessThan(centre, crop_low)) || any(greaterThan(centre, crop_high))) {
    gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
    gl_PointSize = 0.0;
  }
}
"""
)
_SURFEL_FRAGMENT = """
void main()
{
  vec2 off = gl_PointCoord * 2.0 - 1.0;
  if (dot(off, off) > 1.0) {
    discard;
  }
  colour = vec4(tint, 1.0);
}
"""

_SKY_FRAGMENT = (
    _DISPLAYED
    + _LIGHT
    + """
void main()
{
  vec4 far = capture_from_clip * vec4(place * 2.0 - 1.0, 1.0, 1.0);
  vec4 near = capture_from_clip * vec4(place * 2.0 - 1.0, -1.0, 1.0);
  vec3 towards = normalize(far.xyz / far.w - near.xyz / near.w);
  float up = asin(clamp(towards.z, -1.0, 1.0));
  vec2 on_map = vec2(atan(towards.y, towards.x) / 6.28318531 + 0.5, 0.5 - up / 3.14159265);
  gl_FragDepth = 0.9999999;
  colour = vec4(on_target(displayed(light_of(texture(sky, on_map).rgb) * exposure)), 1.0);
}
"""
)


@cache
def picture_shader() -> gpu.types.GPUShader:
    """Draws a picture with its depth over the whole viewport."""
    info = _info()
    info.push_constant("VEC4", "depth_row")
    info.push_constant("FLOAT", "eye_behind")
    info.sampler(0, "FLOAT_2D", "picture")
    info.sampler(1, "FLOAT_2D", "depths")
    info.vertex_in(0, "VEC2", "corner")
    info.vertex_out(_between("place_of_picture", ("VEC2", "place")))
    info.depth_write("ANY")
    return _made(info, _PICTURE_VERTEX, _PICTURE_FRAGMENT)


@cache
def surfel_shader() -> gpu.types.GPUShader:
    """Draws surfels as discs that face the viewer."""
    info = _info()
    info.push_constant("MAT4", "eye_from_capture")
    info.push_constant("MAT4", "clip_from_eye")
    info.push_constant("VEC3", "crop_low")
    info.push_constant("VEC3", "crop_high")
    info.push_constant("VEC3", "exposure")
    info.push_constant("FLOAT", "white")
    info.push_constant("FLOAT", "rise")
    info.push_constant("FLOAT", "grown")
    info.vertex_in(0, "VEC3", "centre")
    info.vertex_in(1, "FLOAT", "radius")
    info.vertex_in(2, "VEC4", "shade")
    tint = gpu.types.GPUStageInterfaceInfo("look_of_surfel")
    tint.flat("VEC3", "tint")
    info.vertex_out(tint)
    return _made(info, _SURFEL_VERTEX, _SURFEL_FRAGMENT)


@cache
def sky_shader() -> gpu.types.GPUShader:
    """Draws what lies behind everything."""
    info = _info()
    info.push_constant("MAT4", "capture_from_clip")
    info.push_constant("VEC3", "exposure")
    info.push_constant("FLOAT", "white")
    info.push_constant("FLOAT", "rise")
    info.sampler(0, "FLOAT_2D", "sky")
    info.vertex_in(0, "VEC2", "corner")
    info.vertex_out(_between("place_of_sky", ("VEC2", "place")))
    info.depth_write("ANY")
    return _made(info, _PICTURE_VERTEX, _SKY_FRAGMENT)


def forget_shaders() -> None:
    """Give them back; they are made again when they are needed."""
    for made in (picture_shader, surfel_shader, sky_shader):
        made.cache_clear()


def _info() -> gpu.types.GPUShaderCreateInfo:
    info = gpu.types.GPUShaderCreateInfo()
    info.sampler(2, "FLOAT_3D", "table")
    info.push_constant("FLOAT", "mapped")
    info.push_constant("FLOAT", "encoded_again")
    info.push_constant("FLOAT", "table_from")
    info.push_constant("FLOAT", "table_to")
    info.push_constant("FLOAT", "table_size")
    info.fragment_out(0, "VEC4", "colour")
    return info


def _between(name: str, *values: tuple[str, str]) -> gpu.types.GPUStageInterfaceInfo:
    interface = gpu.types.GPUStageInterfaceInfo(name)
    for kind, value in values:
        interface.smooth(kind, value)
    return interface


def _made(info: gpu.types.GPUShaderCreateInfo, vertex: str, fragment: str) -> gpu.types.GPUShader:
    info.vertex_source(vertex)
    info.fragment_source(fragment)
    return gpu.shader.create_from_info(info)
