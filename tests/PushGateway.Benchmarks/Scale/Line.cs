using System.Globalization;

namespace PushGateway.Benchmarks.Scale;

/// <summary>The straight line that lies closest to what was measured: least squares.</summary>
internal readonly record struct Line(double Start, double Slope)
{
    public static Line Through(IReadOnlyList<(double X, double Y)> points)
    {
        var (x, y) = (points.Average(point => point.X), points.Average(point => point.Y));
        var spread = points.Sum(point => (point.X - x) * (point.X - x));
        var slope = spread > 0 ? points.Sum(point => (point.X - x) * (point.Y - y)) / spread : 0;
        return new Line(y - (slope * x), slope);
    }

    public double At(double x) => Start + (Slope * x);

    /// <summary>As a formula.</summary>
    public string ToText(string variable) => string.Create(CultureInfo.InvariantCulture, $"{Start:0.##} + {Slope:0.######} × {variable}");
}
