from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [("auditable", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="Tariff",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rate", models.DecimalField(decimal_places=2, max_digits=6)),
            ],
            options={"abstract": False},
        ),
    ]
